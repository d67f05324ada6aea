# SPDX-License-Identifier: Apache-2.0
"""The command redprobe: its forms, its exit statuses, and that what is taken away shows.

What is taken away natively is taken from the child alone: the bounding set of one process, the
limits of a user namespace of its own. What needs a kernel of its own is in guest_redprobe.py, which
the last test runs in a guest.
"""
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest

from redprobe_runs import (REDPROBE, SCHEMA, assert_passes_in_guest, hiding, in_user_namespace, listed, probe,
                           run)


@pytest.fixture(scope="module", name="features")
def native_features():
    """Findings about the machine that runs the tests."""
    return probe()


def test_report_keeps_to_schema(features):
    assert len(features) >= 8 + 12 + 41


def test_schema_refuses_what_is_no_finding():
    """Control: the schema would notice a finding without its cause."""
    schema = json.loads(SCHEMA.read_text())
    finding = {"status": "restricted", "evidence": "behaviour", "detail": "tried"}
    report = {"schema": "redproof.probe/1", "kernel": {"release": "1", "version": "1", "machine": "1"},
              "features": {"namespace.ipc": finding}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema)
    finding["forbidden_by"] = "a sysctl"
    jsonschema.validate(report, schema)


def test_kernel_is_the_running_one():
    kernel = json.loads(run(REDPROBE, "--json").stdout)["kernel"]
    assert kernel == {"release": os.uname().release, "version": os.uname().version,
                      "machine": os.uname().machine}


def test_list_names_what_is_reported(features):
    assert listed() == list(features)


def test_text_names_every_id_within_80_columns():
    lines = run(REDPROBE).stdout.splitlines()
    assert max(len(line) for line in lines) <= 80
    found = re.findall(r"^  (?:supported|unsupported|restricted|unknown) +([a-z0-9_.]+):",
                       "\n".join(lines), re.M)
    assert found == listed()


def test_a_report_that_cannot_be_written_is_status_2():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([REDPROBE, "--json"], stdout=full, stderr=subprocess.PIPE, text=True,
                              check=False)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr


def test_closed_standard_output_is_status_2():
    done = run("sh", "-c", 'exec "$0" >&-', REDPROBE)
    assert done.returncode == 2 and done.stderr.count("\n") == 1


def on_terminal(**variables):
    """Return what redprobe prints on a terminal."""
    read_end, terminal = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", **variables}
    with subprocess.Popen([REDPROBE], stdout=terminal, env=environment) as child:
        os.close(terminal)
        output = b""
        while True:
            try:
                part = os.read(read_end, 65536)
            except OSError:  # EIO: the child has closed the terminal
                break
            output += part
        assert child.wait() == 0
    os.close(read_end)
    return output


def test_colours_on_a_terminal_only_and_not_with_no_color():
    assert b"\033[" in on_terminal()
    assert b"\033[" not in on_terminal(NO_COLOR="1")
    assert b"\033[" not in on_terminal(TERM="dumb")
    assert "\033" not in run(REDPROBE).stdout


def test_linked_to_libcap_only():
    """libkmod is taken in when the first module is looked up."""
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", REDPROBE).stdout)
    assert set(needed) == {"libcap.so.2", "libc.so.6"}


def test_namespaces_are_made_here(features):
    """Control of the next ones: undisturbed, this machine makes them."""
    for name in ("user", "uts", "time"):
        assert features[f"namespace.{name}"]["status"] == "supported", features[f"namespace.{name}"]


@pytest.mark.parametrize("name", ["user", "uts", "time", "cgroup", "ipc", "mnt", "net", "pid"])
def test_limit_0_is_restricted_by_its_sysctl(name):
    limit = f"user.max_{name}_namespaces"
    features = probe(*in_user_namespace(f"echo 0 >/proc/sys/{limit.replace('.', '/')}"))
    finding = features[f"namespace.{name}"]
    assert finding["status"] == "restricted"
    assert finding["forbidden_by"] == f"sysctl {limit} = 0"
    assert "ENOSPC" in finding["detail"]
    other = "uts" if name != "uts" else "time"
    assert features[f"namespace.{other}"]["status"] == "supported"


def test_capability_out_of_the_bounding_set_is_restricted():
    name = "capability.cap_net_raw"
    before = in_user_namespace("true")
    assert probe(*before)[name]["status"] == "supported"
    features = probe(*before, "setpriv", "--bounding-set", "-net_raw")
    assert features[name]["status"] == "restricted"
    assert features[name]["forbidden_by"] == "bounding set"
    assert features["capability.cap_net_admin"]["status"] == "supported"


def test_an_empty_bounding_set_restricts_every_capability():
    ordinary = ("setpriv", "--inh-caps", "-all", "--bounding-set", "-all", "--no-new-privs")
    features = probe(*in_user_namespace("true"), *ordinary)
    assert {features[f]["status"] for f in features if f.startswith("capability.cap_")} == {"restricted"}


def test_nothing_is_tried_where_version_1_is(features):
    """On such a machine no scratch group may be made; on others the guest test looks closer."""
    hybrid = any(not line.startswith("0::") for line in Path("/proc/self/cgroup").read_text().splitlines())
    items = [finding for name, finding in features.items() if name.startswith("cgroup.item.")]
    assert (features["cgroup.mode"]["status"] == "restricted") == hybrid
    if hybrid:
        assert {(item["status"], item["needs"]) for item in items} == {("unknown", "cgroup version 2 alone")}


def test_no_scratch_group_is_left(features):
    assert features
    assert not list(Path("/sys/fs/cgroup").glob("**/redprobe-scratch*"))


def test_without_proc_and_sys():
    """It says what it could not see, and still finds namespaces out."""
    features = probe(*hiding("/sys", "/proc"))
    assert features["namespace.uts"]["status"] == "supported"
    assert "/proc is not mounted" in features["namespace.uts"]["detail"]
    assert features["cgroup.mode"]["status"] == "unknown"


def test_in_a_guest():
    """All of guest_redprobe.py passes in a guest whose control groups are version 2."""
    assert_passes_in_guest("suites/harness/guest_redprobe.py")
