# SPDX-License-Identifier: Apache-2.0
"""Seccomp filters for tests: system calls that are answered by a filter, or that kill. x86-64 only."""
import ctypes
import errno
import struct

from call_filter import (CALLS, JUMP_EQUAL, LOAD, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, RET_ALLOW, RET_ERRNO,
                         RET_KILL_PROCESS, RETURN, SECCOMP_MODE_FILTER)

KILL = RET_KILL_PROCESS
# Offsets in struct seccomp_data: the number of the call, the low half of its first argument.
NUMBER, FIRST = 0, 16
JUMP_SET = 0x45


def answer(name):
    """Return the action that makes a call fail with the errno of this name."""
    return RET_ERRNO | getattr(errno, name)


def filtered(call, action, flag=0xffffffff):
    """Return a function for preexec_fn: `call` meets `action` if its first argument has a bit of `flag`."""
    program = [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 3, CALLS[call]), (LOAD, 0, 0, FIRST),
               (JUMP_SET, 0, 1, flag), (RETURN, 0, 0, action), (RETURN, 0, 0, RET_ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    descriptor = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def install():
        assert code.raw
        for words in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                      (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, descriptor, 0, 0)):
            if prctl(*words) != 0:
                raise OSError(ctypes.get_errno(), "prctl")
    return install
