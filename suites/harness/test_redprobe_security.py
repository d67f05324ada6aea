# SPDX-License-Identifier: Apache-2.0
"""What redprobe finds of security, audit, the kernel and its modules: natively, the rest in a guest."""
import gzip
import json
import os
import shutil
import struct
from pathlib import Path

import pytest

from redprobe_filters import KILL, answer, filtered
from redprobe_runs import REDPROBE, ROOT, assert_passes_in_guest, hiding, probe, run, validated


# What follows "security.", its sysctl, and the values with which it is in force.
SWITCHES = [
    ("kptr_restrict", "kernel/kptr_restrict", {1, 2}),
    ("dmesg_restrict", "kernel/dmesg_restrict", {1}),
    ("unprivileged_bpf_disabled", "kernel/unprivileged_bpf_disabled", {1, 2}),
    ("perf_event_paranoid", "kernel/perf_event_paranoid", {2, 3, 4}),
    ("protected_symlinks", "fs/protected_symlinks", {1}),
    ("protected_hardlinks", "fs/protected_hardlinks", {1}),
    ("suid_dumpable", "fs/suid_dumpable", {0, 2}),
]


@pytest.fixture(scope="module", name="features")
def native_features():
    """Findings about the machine that runs the tests."""
    return probe()


@pytest.mark.parametrize("name, path, in_force", SWITCHES)
def test_switch_is_as_its_sysctl(features, name, path, in_force):
    value = int(Path("/proc/sys", path).read_text())
    finding = features[f"security.{name}"]
    assert finding["number"] == value
    assert finding["status"] == ("supported" if value in in_force else "restricted")


def test_word_size(features):
    assert features["kernel.word_size"]["number"] >= 8 * struct.calcsize("P")


def test_configuration_is_found_where_it_is(features):
    places = [Path("/proc/config.gz"), Path(f"/boot/config-{os.uname().release}"),
              *(Path("/lib/modules", os.uname().release, file) for file in ("config", "build/.config"))]
    there = [path for path in places if path.exists()]
    finding = features["kernel.config"]
    assert finding["status"] == ("supported" if there else "unsupported")
    assert not there or str(there[0]) in finding["detail"]


MODULES = {"overlay": "OVERLAY_FS", "fuse": "FUSE_FS", "squashfs": "SQUASHFS", "erofs": "EROFS_FS",
           "loop": "BLK_DEV_LOOP", "zram": "ZRAM", "dm_mod": "BLK_DEV_DM", "dm_verity": "DM_VERITY",
           "veth": "VETH", "bridge": "BRIDGE", "macvlan": "MACVLAN", "ipvlan": "IPVLAN", "vxlan": "VXLAN",
           "tun": "TUN", "dummy": "DUMMY", "vcan": "CAN_VCAN", "vxcan": "CAN_VXCAN",
           "nf_tables": "NF_TABLES", "bfq": "IOSCHED_BFQ"}


def test_modules_agree_with_the_configuration(features):
    """Where this machine shows it: what is built in is supported, what is left out is not."""
    path = Path("/proc/config.gz")
    config = gzip.decompress(path.read_bytes()).decode() if path.exists() else ""
    assert set(MODULES) == {name.partition(".")[2] for name in features if name.startswith("module.")}
    for name, option in MODULES.items():
        finding = features[f"module.{name}"]
        if f"CONFIG_{option}=y\n" in config:
            assert finding["status"] == "supported", finding
        elif config and f"CONFIG_{option}=m\n" not in config:
            assert finding["status"] == "unsupported", finding


def test_without_proc_and_sys():
    """What cannot be seen is unknown, and says what it needs."""
    features = probe(*hiding("/proc", "/sys"))
    for name in ("security.kptr_restrict", "security.mitigations", "audit.loginuid", "kernel.config"):
        assert features[name]["status"] == "unknown"
        assert "mounted" in features[name]["needs"]
    assert features["security.perf_event_paranoid"]["status"] != "unknown"
    assert features["audit.netlink"]["forbidden_by"] == "a user namespace: audit answers the initial one"


# A call that a filter answers, and what the ids begin with that may depend on it.
FILTERED = {
    "socket": ("audit.", "module."),
    "sendto": ("audit.", "module."),
    "bpf": ("security.unprivileged_bpf_disabled",),
    "finit_module": ("security.module", "kernel.modules", "module."),
    "lsm_list_modules": ("security.lsm", "security.yama", "security.lockdown"),
    "syslog": ("security.",),
    "io_uring_setup": ("security.",),
    "kexec_load": ("security.",),
    "perf_event_open": ("security.",),
    "fsopen": ("security.lsm", "security.yama", "security.lockdown"),
    "personality": ("security.randomize_va_space",),
    "mount_setattr": (),
}


@pytest.mark.parametrize("action", [answer("EPERM"), answer("ENOSYS"), KILL], ids=["EPERM", "ENOSYS", "kill"])
@pytest.mark.parametrize("call, dependent", FILTERED.items(), ids=FILTERED)
def test_a_filter_is_not_taken_for_the_kernel(features, call, dependent, action):
    """Of a call that matters to other rows nothing changes; nothing that is there becomes unsupported."""
    done = run(REDPROBE, "--json", "--only", "security,audit,kernel,module",
               preexec_fn=filtered(call, action))
    found = validated(json.loads(done.stdout))
    changed = {name for name, finding in found.items() if finding["status"] != features[name]["status"]}
    assert all(name.startswith(dependent) for name in changed), changed
    assert not {name for name in changed if found[name]["status"] == "unsupported"}


def test_a_chroot_is_no_switch_of_user_namespaces(features, tmp_path):
    """It keeps everybody from them, whatever the kernel's switches are."""
    shutil.copy(ROOT / "build/static/redprobe", tmp_path)
    tmp_path.chmod(0o755)
    done = run("chroot", tmp_path, "/redprobe", "--json", "--only", "security")
    finding = json.loads(done.stdout)["features"]["security.unprivileged_userns_restricted"]
    assert (finding["status"], finding["needs"]) == ("unknown", "a process outside a chroot")
    assert features["security.unprivileged_userns_restricted"]["status"] == "restricted"


def test_in_a_guest():
    """All of these pass in a guest; what stays in force is last."""
    assert_passes_in_guest("suites/harness/guest_redprobe_modules.py "
                           "suites/harness/guest_redprobe_security.py")
