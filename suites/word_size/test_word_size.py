# SPDX-License-Identifier: Apache-2.0
"""redprobe of 32 bits finds what that of 64 bits finds. Run by `make 32bit`, which builds both.

REDPROBE32 is the path of the former.
"""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

BOTH = [Path(__file__).resolve().parents[2] / "build/bin/redprobe", Path(os.environ["REDPROBE32"])]
USER = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups")


def in_mounts(script, *more):
    """Surroundings with a mount namespace of their own, changed by `script`; `more` runs in that."""
    return ("unshare", "--mount", "sh", "-ec", script + '; exec "$@"', "sh", *more)


SURROUNDINGS = {
    "root": (), "user": USER, "root of a user namespace": ("unshare", "--user", "--map-root-user"),
    "without /proc": in_mounts("umount -l /proc"), "without /sys": in_mounts("umount -l /sys"),
    "user without /proc": in_mounts("umount -l /proc", *USER), "few descriptors": ("prlimit", "--nofile=8"),
}


def findings(redprobe, before):
    """Return the features as redprobe reports them; of details without numbers, which no two runs share."""
    done = subprocess.run([*before, redprobe, "--json"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=True)
    features = json.loads(done.stdout)["features"]
    for finding in features.values():
        finding["detail"] = re.sub(r"\d+", "N", finding["detail"])
    return features


def test_it_is_of_32_bits():
    """Byte 4 of a program's file: 1 for 32 bits, 2 for 64; see elf(5)."""
    assert [path.read_bytes()[4] for path in BOTH] == [2, 1]


@pytest.mark.parametrize("before", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_it_finds_the_same(before):
    wide, narrow = (findings(redprobe, before) for redprobe in BOTH)
    # 32-bit programs have no kexec_file_load.
    wide["security.kexec_load_disabled"]["detail"] = narrow["security.kexec_load_disabled"]["detail"]
    assert list(narrow) == list(wide)
    assert {name: finding for name, finding in narrow.items() if finding != wide[name]} == {}


def test_what_differs_would_be_seen():
    """Control: of another caller."""
    wide, narrow = findings(BOTH[0], ()), findings(BOTH[1], USER)
    assert {name for name in wide if narrow[name]["status"] != wide[name]["status"]}
