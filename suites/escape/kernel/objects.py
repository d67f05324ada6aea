# SPDX-License-Identifier: Apache-2.0
"""Things of the machine that no node may reach: made for one check, put back at its end."""

import ctypes
import os
import platform
import select
import socket
import struct
import threading
import time
from pathlib import Path

from framework import host
from framework.host import SECRET
from framework.libc import LIBC, checked
from framework.mounts import mount, unmount


_BPF_CALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280}
BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, BPF_OBJ_GET_INFO_BY_FD, BPF_MAP_TYPE_ARRAY = 0, 2, 15, 2
MAX_HANDLE = 128
PAGE, SWAP_PAGES = os.sysconf("SC_PAGE_SIZE"), 16
NETLINK_KOBJECT_UEVENT = 15
HIERARCHY = "none,name=redproof"
PATIENCE_SECONDS, PAUSE_SECONDS = 20, 0.02


def make_map(check):
    """Make a BPF map whose first value is the secret; see bpf(2). Returns its id."""
    key, value = ctypes.c_uint32(0), ctypes.create_string_buffer(SECRET.encode(), 16)
    info = ctypes.create_string_buffer(64)

    def call(command, layout, *words):
        words = [ctypes.addressof(word) if isinstance(word, ctypes._SimpleCData | ctypes.Array) else word
                 for word in words]
        attributes = ctypes.create_string_buffer(struct.pack(layout, *words), 128)
        return checked(LIBC.syscall(_BPF_CALL[platform.machine()], command, attributes, 128))

    descriptor = call(BPF_MAP_CREATE, "IIIII", BPF_MAP_TYPE_ARRAY, 4, 16, 1, 0)
    check.at_end(os.close, descriptor)
    call(BPF_MAP_UPDATE_ELEM, "IxxxxQQQ", descriptor, key, value, 0)
    call(BPF_OBJ_GET_INFO_BY_FD, "IIQ", descriptor, len(info), info)
    return struct.unpack_from("II", info)[1]


def handle_of(path):
    """Return (type, bytes) of a file's handle; see open_by_handle_at(2)."""
    handle = ctypes.create_string_buffer(struct.pack("Ii", MAX_HANDLE, 0), 8 + MAX_HANDLE)
    where = ctypes.c_int()
    checked(LIBC.name_to_handle_at(-100, os.fsencode(path), handle, ctypes.byref(where), 0))
    size, kind = struct.unpack_from("Ii", handle)
    return kind, handle.raw[8:8 + size]


def make_swap_file(check, path):
    """Make a file that could be swapped to; it is not any more when the check ends; see swapon(2)."""
    content = bytearray(PAGE * SWAP_PAGES)
    struct.pack_into("II", content, 1024, 1, SWAP_PAGES - 1)
    content[PAGE - 10:PAGE] = b"SWAPSPACE2"
    path.write_bytes(content)
    path.chmod(0o600)
    check.at_end(LIBC.swapoff, os.fsencode(path))


def make_shared_memory(check, mode, owner):
    """Make System V shared memory with the secret, as the Caller `owner`. Returns its key."""
    key = host.fresh_key()
    # Whoever made it may use it, too, whoever owns it then.
    os.seteuid(owner.uid)
    try:
        segment = checked(LIBC.shmget(key, PAGE, host.IPC_CREAT | mode))
    finally:
        os.seteuid(0)
    check.at_end(LIBC.shmctl, segment, host.IPC_RMID, None)
    LIBC.shmat.restype = ctypes.c_void_p
    address = LIBC.shmat(segment, None, 0)
    ctypes.memmove(address, SECRET.encode(), len(SECRET))
    LIBC.shmdt(ctypes.c_void_p(address))
    return key


def say_secret():
    """Write the secret to the kernel's log."""
    Path("/dev/kmsg").write_text(f"{SECRET}\n")


def stop_accounting():
    """Stop process accounting; see acct(2)."""
    LIBC.acct(None)


def keep_file(check, path):
    """Have the content of a file of the kernel put back when the check ends."""
    check.at_end(Path(path).write_text, Path(path).read_text())


class Listener:
    """A socket on which the host hears whatever comes."""

    def __init__(self, check, *arguments, address):
        """arguments: of socket.socket; address: what it is bound to."""
        self.socket = socket.socket(*arguments)
        check.at_end(self.socket.close)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self):
        """Say whether the secret has come. Takes away what has."""
        while True:
            try:
                content, sender = self.socket.recvfrom(65536)
            except BlockingIOError:
                return False
            if SECRET.encode() in content:
                return True


class Busy:
    """The host goes on: it opens a file and sends the secret over the loopback, again and again."""

    def __init__(self, check, file):
        self._file = file
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        check.at_end(self._thread.join)
        check.at_end(self._ended.set)

    def _work(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not self._ended.wait(PAUSE_SECONDS):
                self._file.read_text()
                sender.sendto(SECRET.encode(), ("127.0.0.1", 9))


class ReleaseAgent:
    """A program that the host would run when a control group of version 1 becomes empty; see cgroups(7)."""

    def __init__(self, check):
        self._check = check
        folder = check.scratch()
        self.program, self._mark = folder / "agent", folder / "mark"
        os.mkfifo(self._mark)
        self._reader = os.open(self._mark, os.O_RDONLY | os.O_NONBLOCK)
        check.at_end(os.close, self._reader)
        self.program.write_text(f"#!/bin/sh\necho run > {self._mark}\n")
        self.program.chmod(0o755)

    def has_run(self):
        """Say whether the host ran it, waiting for that if there is a hierarchy that can have one."""
        if not _has_hierarchy():
            return False
        self._check.at_end(_remove_hierarchy, self._check.scratch())
        return bool(select.select([self._reader], [], [], PATIENCE_SECONDS)[0])


def _has_hierarchy():
    return "name=redproof" in Path("/proc/self/cgroup").read_text()


def _remove_hierarchy(place):
    """It goes with its last mount, unless a group of it is not quite gone."""
    while _has_hierarchy():
        mount("redproof", place, "cgroup", 0, HIERARCHY)
        for group in [entry for entry in place.iterdir() if entry.is_dir()]:
            group.rmdir()
        unmount(place)
        time.sleep(PAUSE_SECONDS)
