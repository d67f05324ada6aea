# SPDX-License-Identifier: Apache-2.0
"""The configuration of the kernel as a second witness: where it disagrees, each form of a report says so.

The configuration is ours: it is mounted over that of the kernel, or stands where that of its release would.
"""
import gzip
import json
import os
import re
from pathlib import Path

import pytest

from redprobe_runs import REDPROBE, run, validated

OPTION, FEATURE, AREA = "CONFIG_TMPFS", "mount.tmpfs.size", "mount"
COMPRESSED, PLAIN = "/proc/config.gz", f"/boot/config-{os.uname().release}"
# A kernel may have no file to mount ours over.
PLACES = [place for place in (COMPRESSED, PLAIN) if place == PLAIN or Path(place).exists()]
END = "# end of Kernel hacking\n"


def probe_with(tmp_path, text, place, *argv):
    """Run redprobe where `place` holds a configuration, and the other places hold none."""
    content = text.encode()
    (tmp_path / "config").write_bytes(gzip.compress(content) if place.endswith(".gz") else content)
    script = f"""
        mount -t tmpfs none /boot
        [ ! -e {COMPRESSED} ] || mount --bind /dev/null {COMPRESSED}
        [ -e {place} ] || touch {place}
        mount --bind "{tmp_path}/config" {place}
        exec "$@"
    """
    return run("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh", REDPROBE, *argv)


def findings(tmp_path, text, place):
    done = probe_with(tmp_path, text, place, "--json", "--only", AREA)
    assert (done.returncode, done.stderr) == (0, "")
    return validated(json.loads(done.stdout))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text, value, agrees", [
    (f"{OPTION}=y\n", "y", True), (f"# {OPTION} is not set\n", "n", False),
    (f"CONFIG_X=y\n{END}", "n", False)])
def test_the_configuration_is_a_witness(tmp_path, place, text, value, agrees):
    """It never decides: the feature is supported whatever it says."""
    finding = findings(tmp_path, text, place)[FEATURE]
    assert finding["status"] == "supported"
    assert finding["config"] == {"option": OPTION, "value": value, "agrees": agrees}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", ["", "nonsense\n", "CONFIG_X=y\n"])
def test_without_a_word_there_is_no_witness(tmp_path, place, text):
    assert "config" not in findings(tmp_path, text, place)[FEATURE]


def test_each_form_says_what_disagrees(tmp_path):
    text = f"# {OPTION} is not set\n"
    line = f"the configuration of the kernel disagrees: {OPTION}=n"
    done = probe_with(tmp_path, text, PLAIN, "--only", AREA)
    assert re.search(rf"^  supported +{FEATURE}: .*\n(?:   +.*\n)*? +{line}$", done.stdout, re.M)
    assert re.search(r"^\d+ disagrees? with the configuration of the kernel$", done.stdout, re.M)
    done = probe_with(tmp_path, text, PLAIN, "--only", AREA, "--tap")
    assert re.search(rf"^ok \d+ - {FEATURE}\n# supported: .*\n# {line}$", done.stdout, re.M)
    done = probe_with(tmp_path, text, PLAIN, "--explain", FEATURE)
    assert re.search(rf"^ +option +{OPTION}=n, which disagrees", done.stdout, re.M)
    done = probe_with(tmp_path, f"{OPTION}=y\n", PLAIN, "--only", AREA)
    assert "disagree" not in done.stdout
