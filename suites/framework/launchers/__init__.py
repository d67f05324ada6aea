# SPDX-License-Identifier: Apache-2.0
"""The seam between checks and the launcher under test: how it is told to run a node."""

import shutil
from pathlib import Path

from ..build import is_executable
from .base import Inexpressible, Launcher, LauncherError
from .bwrap import Bwrap
from .crun import Crun
from .redwrap import Redwrap
from .unshare import Unshare

__all__ = ["Inexpressible", "Launcher", "LauncherError", "LAUNCHERS", "choose"]

LAUNCHERS = {adapter.name: adapter for adapter in (Redwrap, Bwrap, Crun, Unshare)}


def choose(text, build):
    """Return the launcher that `text`, NAME or NAME:PATH, names.

    Without PATH redwrap is the build's own, and others are looked for in PATH. Raises LauncherError when
    there is none of that name or it cannot be executed.
    """
    name, _, path = text.partition(":")
    if name not in LAUNCHERS:
        raise LauncherError(f"no launcher {name!r}; there is {', '.join(LAUNCHERS)}")
    adapter = LAUNCHERS[name]
    if not path:
        path = build.redwrap if adapter is Redwrap else shutil.which(name)
    # Runs start in the root directory.
    path = Path(path or name).resolve()
    if not is_executable(path):
        raise LauncherError(f"the launcher {path} is not there or not executable; run make, or give its path")
    return adapter(path)
