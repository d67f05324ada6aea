# SPDX-License-Identifier: Apache-2.0
"""rednode.md 9 and 10, the risk analysis's recommendations: what `redconf check` finds."""
import pytest

from redconf_runs import assert_refused, redconf, write_admin
from redwrap_runs import CALLERS, STATUS, SYSTEM, trusted_place, write_node

FIXTURES = (trusted_place,)
HEAD = "headers: {alias: n}\n"


def check(node):
    """The exit status and the findings of a node: (line, column, kind, text) each."""
    done = redconf("check", node)
    rows = [line.removeprefix(f"{node}/etc/").split(":", 3) for line in done.stdout.splitlines()]
    return done.returncode, [(int(line), int(column), *text.strip().split(": ", 1))
                             for _, line, column, text in rows]


def test_a_sound_node_prints_nothing_and_is_0(place):
    done = redconf("check", write_node(place / "n", SYSTEM))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", [
    "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "MKNOD", "DAC_READ_SEARCH", "SYS_PTRACE", "BPF"])
def test_w2_a_capability_that_goes_round_mounts_is_an_error_with_share_user(place, name):
    config = f"config:\n  capabilities:\n  - {{cap: {name}, add: 1}}\n"
    status, found = check(write_node(place / "n", HEAD + config + "  share_user: Enabled\n"))
    assert status == 1 and [row[:3] for row in found] == [(4, 5, "error")]
    assert f"cap_{name.lower()}" in found[0][3]
    status, found = check(write_node(place / "control", HEAD + config))
    assert status == (3 if name == "SYS_ADMIN" else 0), found


def test_recommendation_1_cap_sys_admin_is_a_warning(place):
    status, found = check(write_node(place / "n", HEAD + "config: {capabilities: [{cap: ALL, add: 1}]}\n"))
    assert status == 3 and [row[2] for row in found] == ["warning"] and "recommendation 1" in found[0][3]


@pytest.mark.parametrize("config, line, word", [
    ("config:\n  set-user: root\n", 3, "recommendation 2"),
    ("config:\n  set-user: 0\n", 3, "recommendation 2"),
    ("config:\n  seccomp: off\n", 3, "filter"),
    ("config:\n  nested_userns: Enabled\n", 3, "user namespaces"),
    ("config:\n  inherit-env: true\n", 3, "environment"),
    ("config:\n  id_map: full\n", 3, "recommendation 5"),
    ("config:\n  share_net: Enabled\n", 3, "abstract sockets"),
    ("config:\n  share_all: Enabled\n  share_pid: Disabled\n", 3, "abstract sockets"),
    ("config:\n  set-user: nobody-knows\n", 3, "no user"),
    ("config:\n  set-group: nobody-knows\n", 3, "no group"),
    ("config:\n  set-user: 54321\n", 3, "add set-group"),
    ("exports:\n- {mode: Public, mount: /sys}\n", 3, "kernel"),
    ("config:\n  share_pid: Enabled\n", 3, "killed"),
    ("environ:\n- {key: HOME, mode: Inherit}\n", 3, "HOME"),
    ("environ:\n- {key: A, mode: Execfd, value: date}\n", 3, "rights of the caller"),
    ("environ:\n- {key: A, value: $(date)}\n", 3, "rights of the caller"),
    ("config:\n  hostname: $(hostname)\n", 3, "rights of the caller"),
    ("config:\n  set-user: $(id -u)\n", 3, "rights of the caller"),
    ("exports:\n- {mode: Internal, mount: /x, path: 7}\n", 3, "descriptor 7"),
    ("exports:\n- {mode: Tmpfs, mount: /$(date)}\n", 3, "rights of the caller"),
])
def test_what_a_node_opens_is_a_warning_at_its_place(place, config, line, word):
    status, found = check(write_node(place / "n", HEAD + config))
    assert status == 3 and len(found) == 1, found
    assert found[0][0] == line and found[0][2] == "warning" and word in found[0][3]


def test_a_shared_pid_namespace_with_a_cgroup_is_no_risk_of_survivors(place):
    config = "config: {share_pid: Enabled, cgroups: {pids: {max: 9}}}\n"
    assert check(write_node(place / "n", HEAD + config)) == (0, [])


@pytest.mark.parametrize("mode, path, kind", [
    ("Public", "$NODE_PATH", "error"), ("Public", "$NODE_PATH/etc", "error"), ("Public", "/", "error"),
    ("PublicFile", "$NODE_PATH/etc/redpak.yaml", "error"), ("Restricted", "$NODE_PATH", "warning"),
    ("Public", "$NODE_PATH/etcetera", None), ("Public", "$NODE_PATH/data", None),
])
def test_w16_recommendation_4_the_nodes_own_files(place, mode, path, kind):
    exports = f"exports:\n- {{mode: {mode}, mount: /x, path: {path}}}\n"
    status, found = check(write_node(place / "n", HEAD + exports))
    assert status == {"error": 1, "warning": 3, None: 0}[kind]
    assert [(row[0], row[2]) for row in found] == ([] if kind is None else [(3, kind)])


def test_w10_what_holds_with_admin_alone_is_a_warning(place):
    node = write_node(place / "n", HEAD + "config: {hostname: n, share_ipc: Enabled}\n")
    assert check(node)[0] == 0
    path = write_admin(node, "headers: {alias: admin-of-n}\nconfig:\n  share_ipc: Disabled\n")
    done = redconf("check", node)
    assert done.returncode == 3
    assert done.stdout == f"{path}:3:14: warning: share_ipc holds with --admin alone\n"


def test_an_admin_configuration_that_is_wrong_is_an_error(place):
    node = write_node(place / "n", SYSTEM)
    write_admin(node, "headers: {}\n")
    assert_refused(redconf("check", node), 1, "redpak-admin.yaml:1:10")


def test_a_node_that_is_not_enabled_or_below_one_is_an_error(place):
    off = write_node(place / "off", HEAD, STATUS.replace("Enable", "Disable"))
    below = write_node(off / "below", HEAD)
    for node in (off, below):
        assert_refused(redconf("check", node), 1, "not enabled")


def test_what_a_start_refuses_is_an_error(place):
    node = write_node(place / "n", HEAD + "config: {hostname: x, share_uts: Enabled}\n")
    assert_refused(redconf("check", node), 1, "redpak.yaml:2:20", "hostname")


def test_w6_recommendation_3_files_that_others_write_are_an_error(place):
    node = write_node(place / "n", SYSTEM)
    (node / "etc/redpak.yaml").chmod(0o666)
    assert_refused(redconf("check", node), 1, "others may write")


def test_a_warning_of_reading_the_files_is_one_of_check(place):
    done = redconf("check", write_node(place / "n", HEAD + "exports: [{mode: Tmpfs, mount: /x, path: /y}]\n"))
    assert done.returncode == 3 and done.stdout == "" and done.stderr.count("warning") == 1


@pytest.mark.parametrize("config, line", [
    ("environ:\n- {key: A, value: $SECRET}\n", 3),
    ("exports:\n- {mode: Tmpfs, mount: /t/$SECRET}\n", 3),
    ("exports:\n- {mode: Symlink, mount: /l, path: '$SECRET'}\n", 3),
    ("config:\n  hostname: x$SECRET\n", 3),
    ("config:\n  ldpath: /x$SECRET\n", 3),
])
def test_w19_what_is_read_of_the_caller_is_listed(place, config, line):
    status, found = check(write_node(place / "n", HEAD + config))
    assert status == 3
    assert [(row[0], row[2], row[3]) for row in found] == [
        (line, "warning", "the node reads SECRET of the caller's environment")]
    for harmless in ("$NODE_ALIAS", "\\$SECRET"):
        assert check(write_node(place / "n", HEAD + config.replace("$SECRET", harmless))) == (0, [])


def test_w2_a_shared_user_namespace_counts_whoever_checks(place):
    """rednode.md 3: an ordinary user gets a user namespace whatever the file says; root may start it."""
    config = "config: {share_user: Enabled, capabilities: [{cap: BPF, add: 1}]}\n"
    node = write_node(place / "n", HEAD + config)
    done = {caller: redconf("check", node, caller=CALLERS[caller]) for caller in CALLERS}
    assert "goes round every mount" in done["root"].stdout
    assert (done["user"].returncode, done["user"].stdout) == (1, done["root"].stdout)


@pytest.mark.parametrize("entry", ["{mode: Restricted, mount: /h, path: /}", "{mode: Procfs, mount: /proc}"])
def test_w12_what_is_refused_for_root_is_an_error_for_all(place, entry):
    config = HEAD + f"exports:\n- {entry}\nconfig: {{share_pid: Enabled, share_user: Enabled}}\n"
    node = write_node(place / "n", config)
    for caller in CALLERS.values():
        done = redconf("check", node, caller=caller)
        assert done.returncode == 1 and "redpak.yaml:3:3:" in done.stdout + done.stderr
    write_node(node, config.replace("share_pid: Enabled, ", ""))
    assert "error" not in redconf("check", node).stdout


def test_what_an_admin_configuration_opens_is_found_once(place):
    node = write_node(place / "n", HEAD + "config: {nested_userns: Enabled}\n")
    write_admin(node, "headers: {alias: a}\nconfig: {seccomp: off}\n")
    lines = redconf("check", node).stdout.splitlines()
    assert len(lines) == 2 and "redpak.yaml:2:25:" in lines[0] and "redpak-admin.yaml:2:19:" in lines[1]
