# SPDX-License-Identifier: Apache-2.0
"""Where things are in the checkout and in the user's home directory."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", "build"))
GUEST_INIT = ROOT / BUILD / "guest" / "init"
KERNELS = ROOT / "vm" / "kernels.yaml"
FRAGMENTS = ROOT / "fixtures" / "kernels"

#: What a guest finds in /redproof, as far as it exists: directory here, path there.
GUEST_TREES = (
    (ROOT / BUILD / "bin", "build/bin"),
    (ROOT / BUILD / "test", "build/test"),
    (ROOT / "suites", "suites"),
    (ROOT / "fixtures", "fixtures"),
)


def cache_directory():
    """Return the directory of everything that is kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(base) / "redproof"
