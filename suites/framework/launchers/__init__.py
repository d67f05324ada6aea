# SPDX-License-Identifier: Apache-2.0
"""The seam between checks and the launcher under test: how it is told to run a node."""

import shutil
import subprocess
from pathlib import Path

from ..build import is_executable
from .base import Inexpressible, Launcher, LauncherError
from .bwrap import Bwrap
from .crun import Crun
from .redwrap import Redwrap
from .unshare import Unshare

__all__ = ["Inexpressible", "Launcher", "LauncherError", "LAUNCHERS", "choose"]

# What the dynamic linker ends with; see ld.so(8).
NOT_LINKED = 127
LIMIT_SECONDS = 30
LAUNCHERS = {adapter.name: adapter for adapter in (Redwrap, Bwrap, Crun, Unshare)}


def choose(text, build):
    """Return the launcher that `text`, NAME or NAME:PATH, names.

    Without PATH redwrap is the build's own, and others are looked for in PATH. Raises LauncherError when
    there is none of that name or it cannot be started here.
    """
    name, _, path = text.partition(":")
    if name not in LAUNCHERS:
        raise LauncherError(f"no launcher {name!r}; there is {', '.join(LAUNCHERS)}")
    adapter = LAUNCHERS[name]
    if not path:
        path = build.redwrap if adapter is Redwrap else shutil.which(name)
    # Runs start in the root directory; a launcher may go by the name that it is called.
    path = Path(path or name).absolute()
    if not is_executable(path):
        raise LauncherError(f"the launcher {path} is not there or not executable; run make, or give its path")
    _try(path)
    return adapter(path, text)


def _try(path):
    """Raise LauncherError for a program that the kernel or the dynamic linker refuses."""
    try:
        done = subprocess.run([path, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=LIMIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LauncherError(f"the launcher {path} cannot be started here: {error}") from error
    if done.returncode == NOT_LINKED and "shared librar" in done.stderr:
        raise LauncherError(f"the launcher {path} cannot be started here: {' '.join(done.stderr.split())}")
