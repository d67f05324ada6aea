# SPDX-License-Identifier: Apache-2.0
"""Things of the host that a node must not see, or may: made for one check, and taken away at its end."""

import os
import secrets
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

from .libc import LIBC, checked

# In whatever a node must not read; suites/witness/escape.h.
SECRET = "redproof-secret"
# What the witness puts into the files that it makes.
MADE = "made\n"
IPC_CREAT, IPC_RMID = 0o1000, 0
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def content(path):
    """Return the text of a file of the host, given as a Path; None when there is none."""
    return path.read_text() if path.exists() else None


def fresh_name():
    """Return a name that nothing on the host has."""
    return "redproof-" + secrets.token_hex(6)


def fresh_key():
    """Return a System V IPC key that nothing on the host has; see msgget(2)."""
    while True:
        key = secrets.randbelow(2 ** 30) + 1
        if not has_queue(key):
            return key


def has_queue(key):
    """Say whether the host has the System V message queue `key`."""
    return LIBC.msgget(key, 0) >= 0


def make_queue(check):
    """Make a System V message queue that anybody may use. Returns its key. Raises OSError."""
    key = fresh_key()
    queue = checked(LIBC.msgget(key, IPC_CREAT | 0o666))
    check.at_end(LIBC.msgctl, queue, IPC_RMID, None)
    return key


def remove_queue(key):
    """Remove the System V message queue `key` if it is there."""
    queue = LIBC.msgget(key, 0)
    if queue >= 0:
        LIBC.msgctl(queue, IPC_RMID, None)


def has_posix_queue(name):
    """Say whether the host has the POSIX message queue `name`; see mq_overview(7)."""
    descriptor = LIBC.mq_open(name.encode(), os.O_RDONLY)
    if descriptor >= 0:
        os.close(descriptor)
    return descriptor >= 0


def make_posix_queue(check):
    """Make a POSIX message queue that anybody may read. Returns its name. Raises OSError."""
    name = "/" + fresh_name()
    previous = os.umask(0)
    try:
        os.close(checked(LIBC.mq_open(name.encode(), os.O_RDONLY | os.O_CREAT, 0o666, None)))
    finally:
        os.umask(previous)
    check.at_end(remove_posix_queue, name)
    return name


def remove_posix_queue(name):
    """Remove the POSIX message queue `name` if it is there."""
    LIBC.mq_unlink(name.encode())


def listen_abstract(check):
    """Listen on an abstract UNIX socket; see unix(7). Returns its name."""
    name = fresh_name()
    server = socket.socket(socket.AF_UNIX)
    check.at_end(server.close)
    server.bind("\0" + name)
    server.listen(64)
    return name


def listen_port(check):
    """Listen on a TCP port of the loopback. Returns its number."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    check.at_end(server.close)
    return server.getsockname()[1]


def set_names(host, domain):
    """Give the host its host name and NIS domain name. Raises OSError."""
    socket.sethostname(host)
    checked(LIBC.setdomainname(domain.encode(), len(domain)))


def names():
    """Return the host's {"host", "domain"} names; see uname(2)."""
    domain = Path("/proc/sys/kernel/domainname").read_text(encoding="utf-8").strip()
    return {"host": os.uname().nodename, "domain": domain}


def keep_names(check):
    """Put host and domain name back when the check ends, whatever happened to them."""
    now = names()
    check.at_end(set_names, now["host"], now["domain"])


@contextmanager
def swapping(one, other):
    """Let two entries of a directory change places again and again; see renameat2(2)."""
    ended, names = threading.Event(), (os.fsencode(one), os.fsencode(other))

    def swap():
        while not ended.is_set():
            checked(LIBC.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE))

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        yield
    finally:
        ended.set()
        swapper.join()
