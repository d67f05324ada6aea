# SPDX-License-Identifier: Apache-2.0
"""redprobe in a guest: modules. Run by test_redprobe_security.py."""
import os
import subprocess
from pathlib import Path

import pytest

from guest_runs import USER, probe

DIRECTORY = Path("/lib/modules", os.uname().release)


def names(file):
    """Return the names of modules that a file of the index lists."""
    return {Path(line.split(":")[0]).name.split(".ko")[0].replace("-", "_")
            for line in (DIRECTORY / file).read_text().splitlines()}


def state(finding):
    """Return the first word or words of a finding's detail."""
    return finding["detail"].split(":")[0]


@pytest.mark.parametrize("options", [{}, USER], ids=["root", "user"])
def test_modules_are_as_the_index_has_them(options):
    """The same index, as text; nothing is loaded by looking."""
    loaded = Path("/proc/modules").read_text()
    builtin, loadable = names("modules.builtin"), names("modules.dep")
    assert builtin and loadable
    found = {name.partition(".")[2]: finding for name, finding in probe(only="module", **options).items()}
    for name, finding in found.items():
        wanted = ("supported", "built in") if name in builtin else (
            ("supported", "loadable") if name in loadable else ("unsupported", "absent"))
        assert (finding["status"], state(finding)) == wanted, (name, finding)
    assert {"built in", "loadable", "absent"} == {state(finding) for finding in found.values()}
    assert Path("/proc/modules").read_text() == loaded


def test_without_the_index_only_what_is_there_shows():
    """Root sees that there is nothing to load from only where the kernel would look for it."""
    hide = ("unshare", "--mount", "sh", "-ec", 'mount -t tmpfs none /lib/modules; exec "$@"', "sh")
    features = probe(*hide, only="module")
    assert features["module.fuse"]["status"] == "supported"
    assert features["module.overlay"]["status"] == "unknown"
    assert features["module.overlay"]["needs"] == "the kernel's modules directory"


def test_without_libkmod():
    """What it alone can tell is unknown."""
    library = next(Path("/usr/lib").glob("*/libkmod.so.2"))
    hide = ("unshare", "--mount", "sh", "-ec", f'mount --bind /dev/null {library}; exec "$@"', "sh")
    features = probe(*hide, only="module")
    assert features["module.fuse"]["status"] == "supported"
    finding = features["module.overlay"]
    assert (finding["status"], finding["needs"]) == ("unknown", "libkmod")


def test_an_ordinary_user_loads_nothing():
    loaded = Path("/proc/modules").read_text()
    finding = probe("sh", "-ec", 'exec "$@" --load-modules', "sh", only="module", **USER)["module.dummy"]
    assert (finding["status"], finding["forbidden_by"][:22]) == ("restricted", "missing CAP_SYS_MODULE")
    assert Path("/proc/modules").read_text() == loaded


def test_a_module_that_others_loaded():
    subprocess.run(["modprobe", "loop"], check=True)
    finding = probe(only="module")["module.loop"]
    assert (finding["status"], state(finding)) == ("supported", "loaded")
    subprocess.run(["rmmod", "loop"], check=True)
    assert state(probe(only="module")["module.loop"]) == "loadable"


def test_load_modules_loads_what_is_loadable():
    """And the other areas are asked when they are there."""
    loadable = [name for name, finding in probe(only="module").items() if state(finding) == "loadable"]
    features = probe("sh", "-ec", 'exec "$@" --load-modules', "sh")
    loaded = Path("/proc/modules").read_text()
    for name in loadable:
        assert features[name]["detail"].startswith("loaded by --load-modules: "), features[name]
        assert f"{name.partition('.')[2]} " in loaded
    assert features["mount.overlay"]["status"] == "supported"
    assert {state(probe(only="module")[name]) for name in loadable} == {"loaded"}
    for name in reversed(loadable):
        subprocess.run(["modprobe", "--remove", name.partition(".")[2]], check=True)
    assert {state(probe(only="module")[name]) for name in loadable} == {"loadable"}
