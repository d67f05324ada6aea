#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command under a seccomp filter: call_filter.py ACTION CALL[,CALL]... COMMAND [ARGUMENT]...

ACTION is `kill`, or the name of the errno that the calls give, for example EPERM. All others are allowed.
Source: seccomp(2). For x86-64, which all guests are.
"""
import ctypes
import errno
import os
import struct
import sys

CALLS = {"ioctl": 16, "socket": 41, "sendto": 44, "clone": 56, "mkdir": 83, "unlink": 87, "syslog": 103,
         "capget": 125, "capset": 126, "personality": 135, "prctl": 157, "umount2": 166, "getdents64": 217,
         "mq_open": 240, "kexec_load": 246, "symlinkat": 266, "unshare": 272, "pipe2": 293,
         "perf_event_open": 298, "setns": 308, "finit_module": 313, "seccomp": 317, "bpf": 321,
         "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430,
         "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_open": 434, "clone3": 435, "close_range": 436,
         "openat2": 437, "mount_setattr": 442, "landlock_create_ruleset": 444, "landlock_restrict_self": 446,
         "lsm_list_modules": 461, "open_tree_attr": 467}
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
RET_KILL_PROCESS, RET_ERRNO, RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06


def program(action, calls):
    """Return the filter as bytes: struct sock_filter, one after the other."""
    verdict = RET_KILL_PROCESS if action == "kill" else RET_ERRNO | getattr(errno, action)
    code = [(LOAD, 0, 0, 0)]
    for call in calls:
        code += [(JUMP_EQUAL, 0, 1, CALLS[call]), (RETURN, 0, 0, verdict)]
    code.append((RETURN, 0, 0, RET_ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in code)


def install(action, calls):
    """Put this process under the filter; with CAP_SYS_ADMIN new privileges are not given up for it."""
    class Program(ctypes.Structure):  # struct sock_fprog
        _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    code = program(action, calls)
    argument = ctypes.byref(Program(len(code) // 8, code))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, argument, 0, 0) < 0:
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, argument, 0, 0) < 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_SECCOMP)")


if __name__ == "__main__":
    install(sys.argv[1], sys.argv[2].split(","))
    os.execvp(sys.argv[3], sys.argv[3:])
