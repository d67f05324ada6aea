# SPDX-License-Identifier: Apache-2.0
"""redprobe in a guest: security, audit, kernel and modules. Run by test_redprobe_security.py.

What only a boot brings back is at the end of this file, and stays.
"""
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from guest_runs import USER, probe, restored_sysctl, statuses  # noqa: F401

AREAS = "security,audit,kernel,module"
SECURITYFS = "/sys/kernel/security"

# What follows "security.", the sysctl, a value that switches it off and one that switches it on, and
# what an ordinary process then finds.
SWITCHES = [
    ("yama_ptrace_scope", "kernel.yama.ptrace_scope", 0, 1, "", ""),
    ("kptr_restrict", "kernel.kptr_restrict", 0, 1, "", "hidden"),
    ("kptr_restrict", "kernel.kptr_restrict", 0, 2, "", "hidden"),
    ("dmesg_restrict", "kernel.dmesg_restrict", 0, 1, "ok", "EPERM"),
    ("unprivileged_bpf_disabled", "kernel.unprivileged_bpf_disabled", 0, 2, "ok", "EPERM"),
    ("io_uring_disabled", "kernel.io_uring_disabled", 0, 1, "allowed", "EPERM"),
    ("io_uring_disabled", "kernel.io_uring_disabled", 0, 2, "allowed", "EPERM"),
    ("perf_event_paranoid", "kernel.perf_event_paranoid", 1, 2, "allowed", "EACCES"),
    ("protected_symlinks", "fs.protected_symlinks", 0, 1, "", ""),
    ("protected_hardlinks", "fs.protected_hardlinks", 0, 1, "", ""),
    ("suid_dumpable", "fs.suid_dumpable", 1, 0, "dumpable", "not dumpable"),
    ("suid_dumpable", "fs.suid_dumpable", 1, 2, "dumpable", "not dumpable"),
    ("randomize_va_space", "kernel.randomize_va_space", 0, 2, "", ""),
]


@pytest.fixture(autouse=True)
def harmless():
    """Whatever is found, no module is loaded and nothing is mounted."""
    def state():
        return Path("/proc/modules").read_text(), Path("/proc/self/mounts").read_text()
    before = state()
    yield
    assert state() == before


def security(name, **options):
    """Return the finding about a protection."""
    return probe(only="security", **options)[f"security.{name}"]


def test_nothing_is_unknown_and_the_kernel_log_is_as_before():
    log = subprocess.check_output(["dmesg"])
    features = probe(only=AREAS)
    assert {name: finding for name, finding in features.items() if finding["status"] == "unknown"} == {}
    assert subprocess.check_output(["dmesg"]) == log


@pytest.mark.parametrize("name, sysctl_name, off, on, allowed, refused", SWITCHES)
def test_switch(sysctl, name, sysctl_name, off, on, allowed, refused):
    sysctl(sysctl_name, off)
    finding = security(name)
    assert (finding["status"], finding["number"]) == ("restricted", off), finding
    assert finding["forbidden_by"] == f"sysctl {sysctl_name} = {off}"
    assert finding["detail"].endswith(allowed)
    sysctl(sysctl_name, on)
    finding = security(name)
    assert (finding["status"], finding["number"]) == ("supported", on), finding
    assert finding["detail"].endswith(refused)


@pytest.mark.parametrize("options", [{}, USER], ids=["root", "user"])
def test_addresses_of_the_kernel_show_when_nothing_hides_them(sysctl, options):
    sysctl("kernel.perf_event_paranoid", 1)
    sysctl("kernel.kptr_restrict", 0)
    assert security("kptr_restrict", **options)["detail"].endswith("shown")
    sysctl("kernel.kptr_restrict", 1)
    assert security("kptr_restrict", **options)["detail"].endswith("hidden")


def test_user_namespaces_of_ordinary_users(sysctl):
    name = "unprivileged_userns_restricted"
    sysctl("kernel.unprivileged_userns_clone", 1)
    finding = security(name)
    assert finding["status"] == "restricted"
    assert finding["forbidden_by"] == "sysctl kernel.unprivileged_userns_clone = 1"
    sysctl("kernel.unprivileged_userns_clone", 0)
    finding = security(name)
    assert finding["status"] == "supported"
    assert "EPERM: sysctl kernel.unprivileged_userns_clone = 0" in finding["detail"]
    sysctl("kernel.unprivileged_userns_clone", 1)
    sysctl("user.max_user_namespaces", 0)
    finding = security(name)
    assert finding["status"] == "supported"
    assert "ENOSPC: sysctl user.max_user_namespaces = 0" in finding["detail"]


def test_addresses_of_this_program(sysctl):
    sysctl("kernel.randomize_va_space", 2)
    assert security("randomize_va_space")["status"] == "supported"
    finding = probe("setarch", "-R", only="security")["security.randomize_va_space"]
    assert finding["forbidden_by"] == "personality ADDR_NO_RANDOMIZE of this process"


def test_mitigations_are_counted():
    files = Path("/sys/devices/system/cpu/vulnerabilities")
    vulnerable = {path.name for path in files.iterdir() if "Vulnerable" in path.read_text()}
    finding = security("mitigations")
    assert finding["number"] == len(vulnerable)
    assert finding["status"] == ("restricted" if vulnerable else "supported")
    assert all(name in finding["detail"] for name in vulnerable)


def test_security_modules_are_those_of_securityfs():
    subprocess.run(["mount", "-t", "securityfs", "none", SECURITYFS], check=True)
    try:
        active = Path(SECURITYFS, "lsm").read_text().split(",")
        mounted = probe(only="security")
    finally:
        subprocess.run(["umount", SECURITYFS], check=True)
    features = probe(only="security")
    assert features == mounted
    assert features["security.lsm"]["detail"].endswith(": " + " ".join(active))
    assert features["security.lsm"]["number"] == len(active)
    for name in ("apparmor", "selinux", "smack", "tomoyo", "yama", "lockdown", "landlock", "bpf"):
        supported = features[f"security.lsm.{name}"]["status"] == "supported"
        assert supported == (name in active), name


def test_a_security_module_that_is_built_in_but_not_active():
    """Debian's kernels have SELinux and prefer AppArmor; Smack they do not have."""
    assert security("lsm.apparmor")["status"] == "supported"
    assert security("lsm.selinux")["status"] == "restricted"
    assert security("lsm.smack")["status"] == "unsupported"


def test_an_ordinary_user():
    features = probe(only=AREAS, **USER)
    assert features["audit.netlink"]["forbidden_by"] == "missing CAP_AUDIT_CONTROL"
    assert features["audit.enabled"]["needs"].startswith("CAP_AUDIT_CONTROL")
    assert features["kernel.modules"]["forbidden_by"] == "missing CAP_SYS_MODULE"
    unknown = {name for name, finding in features.items() if finding["status"] == "unknown"}
    assert unknown <= {"security.lockdown", "module.nf_tables", "audit.enabled", "audit.backlog",
                       "audit.backlog_limit", "audit.lost"}


@pytest.mark.parametrize("hidden", ["/proc", "/sys"])
def test_without_proc_or_sys(hidden):
    command = ("unshare", "--mount", "sh", "-ec", f'mount -t tmpfs none {hidden}; exec "$@"', "sh")
    features = probe(*command, only=AREAS)
    assert features["security.dmesg_restrict"]["status"] == "supported"
    assert features["security.kptr_restrict"]["status"] == ("unknown" if hidden == "/proc" else "restricted")
    assert features["security.mitigations"]["status"] == ("unknown" if hidden == "/sys" else "restricted")
    assert features["audit.netlink"]["status"] == "supported"


def set_audit(mask, enabled=0, backlog_limit=0):
    """Send AUDIT_SET with a struct audit_status (audit_set in <linux/audit.h>) and read the answer."""
    status = struct.pack("=11I", mask, enabled, 0, 0, 0, backlog_limit, 0, 0, 0, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9) as audit:
        audit.sendto(struct.pack("=IHHII", 16 + len(status), 1001, 1 | 4, 1, 0) + status, (0, 0))
        reply = audit.recv(8192)
    assert struct.unpack_from("=i", reply, 16)[0] == 0


def test_audit_off_and_on():
    set_audit(1, enabled=0)
    try:
        off = probe(only="audit")
    finally:
        set_audit(1, enabled=1)
    assert (off["audit.enabled"]["status"], off["audit.enabled"]["number"]) == ("restricted", 0)
    on = probe(only="audit")
    assert (on["audit.enabled"]["status"], on["audit.enabled"]["number"]) == ("supported", 1)
    for features in (off, on):
        assert statuses(features, "audit.backlog") == {"supported"}
        assert features["audit.container_id"]["status"] == "unsupported"


def test_audit_limit():
    before = probe(only="audit")["audit.backlog_limit"]["number"]
    set_audit(16, backlog_limit=before + 100)
    try:
        assert probe(only="audit")["audit.backlog_limit"]["number"] == before + 100
    finally:
        set_audit(16, backlog_limit=before)


@pytest.mark.parametrize("options, cause", [
    (["--pid", "--fork"], "a PID namespace: audit answers the initial one"),
    (["--user", "--map-root-user"], "a user namespace: audit answers the initial one")])
def test_audit_answers_the_initial_namespaces(options, cause):
    assert probe("unshare", *options, only="audit")["audit.netlink"]["forbidden_by"] == cause


def test_login_user():
    assert probe(only="audit")["audit.loginuid"]["number"] == 2 ** 32 - 1
    script = 'echo 1000 >/proc/self/loginuid; exec "$@"'
    assert probe("sh", "-ec", script, "sh", only="audit")["audit.loginuid"]["number"] == 1000


def test_signatures_required():
    """Not to be switched off again."""
    switch = Path("/sys/module/module/parameters/sig_enforce")
    assert switch.read_text() == "N\n"
    assert security("module_signatures")["status"] == "restricted"
    switch.write_text("Y")
    assert security("module_signatures")["status"] == "supported"
    signer = subprocess.run(["modinfo", "-F", "signer", "dummy"], capture_output=True, text=True, check=True)
    finding = probe(only="module")["module.dummy"]
    assert "signature required" in finding["detail"] + finding.get("forbidden_by", "")
    assert signer.stdout.strip() in finding["detail"]
    assert finding["status"] == ("supported" if signer.stdout.strip() else "restricted")


@pytest.mark.parametrize("name", ["kexec_load_disabled", "modules_disabled"])
def test_switch_that_stays_on(name):
    finding = security(name)
    assert (finding["status"], finding["number"]) == ("restricted", 0)
    Path("/proc/sys/kernel", name).write_text("1")
    finding = security(name)
    assert (finding["status"], finding["number"]) == ("supported", 1)


def test_modules_disabled_shows_in_the_kernel_and_its_modules():
    assert Path("/proc/sys/kernel/modules_disabled").read_text() == "1\n"
    assert probe(only="kernel")["kernel.modules"]["forbidden_by"] == "sysctl kernel.modules_disabled = 1"


def test_lockdown():
    """Not to be switched off again."""
    assert (security("lockdown")["status"], security("lockdown")["number"]) == ("restricted", 0)
    for level, word in enumerate(("integrity", "confidentiality"), 1):
        subprocess.run(["mount", "-t", "securityfs", "none", SECURITYFS], check=True)
        try:
            Path(SECURITYFS, "lockdown").write_text(word)
        finally:
            subprocess.run(["umount", SECURITYFS], check=True)
        log = subprocess.check_output(["dmesg"])
        finding = security("lockdown")
        assert (finding["status"], finding["number"]) == ("supported", level)
        assert subprocess.check_output(["dmesg"]) == log
