# SPDX-License-Identifier: Apache-2.0
"""Keys that a caller has; see keyrings(7)."""

import ctypes
import platform
from dataclasses import dataclass

from framework.caller import Caller
from framework.host import SECRET
from framework.libc import LIBC, checked


# add_key and keyctl.
_CALLS = {"x86_64": (248, 250), "aarch64": (217, 219), "riscv64": (217, 219)}
PROCESS, SESSION, USER = -2, -3, -4
JOIN_SESSION_KEYRING, GET_PERSISTENT, INVALIDATE = 1, 22, 21


def _call(which, *arguments):
    return checked(LIBC.syscall(_CALLS[platform.machine()][which], *arguments))


def add(name, ring):
    """Put the secret into a keyring, under a name. Returns the key's number. Raises OSError."""
    return _call(0, b"user", name.encode(), SECRET.encode(), ctypes.c_size_t(len(SECRET)), ring)


def invalidate(key):
    """Have a key taken out of all keyrings."""
    _call(1, INVALIDATE, key)


@dataclass(frozen=True)
class KeyHolder(Caller):
    """A caller with the secret, under a name, in the session, the user, and the persistent keyring."""

    key: str

    def become(self):
        """Take the identity, begin a session with keys, and put the key into each keyring."""
        super().become()
        _call(1, JOIN_SESSION_KEYRING, None)
        for ring in (SESSION, USER, _call(1, GET_PERSISTENT, -1, PROCESS)):
            add(self.key, ring)
