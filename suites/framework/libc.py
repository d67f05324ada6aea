# SPDX-License-Identifier: Apache-2.0
"""The C library, for the calls that Python has no function for."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)


def checked(result, path=None):
    """Return what a function of LIBC returned. Raises OSError, about `path`, where that is negative."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), path and os.fspath(path))
    return result
