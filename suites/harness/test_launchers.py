# SPDX-License-Identifier: Apache-2.0
"""Adapters: what a node becomes in each launcher's own terms, and what it has no words for."""
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from conformance_sample import WITNESS, run_suite

from framework import export, launchers, minimal, nodes
from framework.caller import CALLERS
from framework.launchers.bwrap import Bwrap
from framework.launchers.crun import Crun
from framework.launchers.redwrap import Redwrap
from framework.launchers.unshare import Unshare
from framework.launchers.wanted import ALL_CAPABILITIES

ROOT, USER = CALLERS["root"], CALLERS["user"]
EVERY = ",".join(sorted(ALL_CAPABILITIES))
PAYLOAD = ["/witness", "--hold", "pid"]


@pytest.fixture(name="command")
def commands(tmp_path):
    """A function that returns the command line of an adapter's class for a node."""
    made = iter(range(100))

    def scratch():
        directory = tmp_path / f"scratch-{next(made)}"
        directory.mkdir()
        return directory

    def command(adapter, node, caller=ROOT):
        directory = tmp_path / f"node-{next(made)}"
        nodes.write(directory, node.text(WITNESS), caller)
        return adapter("/launcher").command(directory, PAYLOAD, caller, scratch)
    return command


@pytest.fixture(name="bundle")
def bundles(command):
    """A function that returns crun's command line, its bundle's directory, and config.json as a dict."""
    def bundle(node, caller=ROOT):
        argv = command(Crun, node, caller)
        directory = type(WITNESS)(argv[argv.index("--bundle") + 1])
        return argv, directory, json.loads((directory / "config.json").read_text(encoding="utf-8"))
    return bundle


def follows(argv, *words):
    """Say whether these words stand in argv one after the other."""
    return any(argv[start:start + len(words)] == list(words) for start in range(len(argv)))


def test_redwrap_reads_the_node_itself(command):
    argv = command(Redwrap, minimal())
    assert argv[0:2] == ["/launcher", "--redpath"] and argv[3:] == ["--", *PAYLOAD]


UNSHARED = [f"--unshare-{kind}" for kind in ("user", "cgroup", "net", "pid", "ipc", "uts")]


@pytest.mark.parametrize("node, words", [
    (minimal(), ("--cap-drop", "ALL", "--die-with-parent", "--", *PAYLOAD)),
    (minimal(), ("--ro-bind", str(WITNESS), "/witness", "--clearenv")),
    (minimal(export("Public", "/data", "/srv")), ("--bind", "/srv", "/data")),
    (minimal(export("Restricted", "/data", "/srv")), ("--ro-bind", "/srv", "/data")),
    (minimal(export("Tmpfs", "/data")), ("--tmpfs", "/data")),
    (minimal(export("Symlink", "/data", "usr")), ("--symlink", "usr", "/data")),
    (minimal(capabilities={"ALL": 1, "cap_kill": 0}),
     ("--cap-drop", "ALL", "--cap-add", "ALL", "--cap-drop", "cap_kill")),
    (minimal(hostname="unit"), ("--hostname", "unit")),
    (minimal(**{"map-root-user": 1}), ("--uid", "0", "--gid", "0")),
    (minimal(environ=[{"mode": "Static", "key": "A", "value": "b"}]), ("--setenv", "A", "b")),
    (minimal(**{"new-session": "Enabled"}), ("--new-session",)),
])
def test_bwrap_is_told_by_its_options(command, node, words):
    """Each time the control is a node that says nothing of it, but for what every node has."""
    assert follows(command(Bwrap, node), *words)
    if node.config or node.environ or node.exports:
        assert not follows(command(Bwrap, minimal()), *words)


def test_bwrap_may_outlive_its_parent_where_the_node_says_so(command):
    node = minimal(**{"die-with-parent": "Disabled"})
    assert "--die-with-parent" not in command(Bwrap, node)
    assert "--die-with-parent" in command(Bwrap, minimal())


def test_bwrap_shares_what_the_node_shares(command):
    assert [word for word in command(Bwrap, minimal()) if word.startswith("--unshare")] == UNSHARED
    argv = command(Bwrap, minimal(share_all="Enabled", share_net="Disabled"))
    assert [word for word in argv if word.startswith("--unshare")] == ["--unshare-net"]


def test_bwrap_joins_by_descriptors(command):
    """Those namespaces that it has an option for; the PID namespace is of no new user namespace."""
    argv = command(Bwrap, minimal(share_user="/proc/self/ns/user", share_pid="/dev/null"), USER)
    assert argv[0] == "sh" and argv[4] == "/launcher"
    assert follows(argv, "--userns", "8", "--unshare-cgroup") and follows(argv, "--pidns", "9")
    seen = subprocess.check_output([*argv[:4], "ls", "-l", "/proc/self/fd"], text=True)
    assert "8 -> user:[" in seen and "9 -> /dev/null" in seen
    alone = command(Bwrap, minimal(share_pid="/proc/9/ns/pid"))
    assert "--unshare-user" not in alone and "--unshare-net" in alone


def test_bwrap_forbids_further_user_namespaces_where_it_can(command):
    """The node does so unless it says otherwise."""
    for node in (minimal(), minimal(nested_userns="Disabled", capabilities={"cap_kill": 1})):
        assert "--disable-userns" in command(Bwrap, node)
    for node in (minimal(nested_userns="Enabled"), minimal(capabilities={"cap_kill": 1}),
                 minimal(share_user="Enabled"), minimal(share_user="/proc/self/ns/user")):
        assert "--disable-userns" not in command(Bwrap, node)


def test_crun_sets_clocks(bundle):
    said = bundle(minimal(time_offsets={"boottime": 5}))[2]
    assert said["annotations"] == {"run.oci.timens_offset": "boottime 5 0\n"}
    assert not bundle(minimal())[2]["annotations"]


def test_crun_takes_an_exported_root(bundle, tmp_path):
    """Nothing is made in it beforehand."""
    root = tmp_path / "root"
    root.mkdir()
    said = bundle(minimal(export("Restricted", "/", root), export("Tmpfs", "/data")))[2]
    assert said["root"] == {"path": str(root), "readonly": True} and not list(root.iterdir())
    assert [mount["destination"] for mount in said["mounts"]] == ["/data", "/witness"]
    assert bundle(minimal())[2]["root"] == {"path": "root"}
    with pytest.raises(launchers.Inexpressible, match="root"):
        Crun("/launcher").makes_root()


def test_crun_gets_a_bundle(bundle):
    node = minimal(export("Restricted", "/data", "/etc"), export("Anonymous", "/empty"), hostname="unit",
                   share_net="Enabled", capabilities={"cap_kill": 1}, cgroups={"mem": {"swap_max": "4M"}})
    argv, directory, said = bundle(node)
    assert follows(argv, "--cgroup-manager", "cgroupfs") and said["hostname"] == "unit"
    kinds = [entry["type"] for entry in said["linux"]["namespaces"]]
    assert sorted(kinds) == ["cgroup", "ipc", "mount", "pid", "time", "user", "uts"]
    assert said["linux"]["resources"] == {"unified": {"memory.swap.max": "4M"}}
    assert set(map(tuple, said["process"]["capabilities"].values())) == {("CAP_KILL",)}
    assert [mount["options"][1:3] for mount in said["mounts"]] == [["rprivate", "rro"], ["rprivate", "ro"]]
    assert (directory / "root/empty").is_dir() and (directory / "root/witness").is_file()


def test_crun_leaves_the_group_that_it_divides(bundle):
    node = minimal(cgroups={"pids": {"max": 9}}, cgrouproot="/sys/fs/cgroup/mine")
    argv, _, said = bundle(node, USER)
    assert argv[0] == "sh" and argv[4:6] == ["/sys/fs/cgroup/mine/redpak-pids-leaf", "/launcher"]
    assert said["linux"]["cgroupsPath"].startswith("/mine/redproof-")
    assert bundle(minimal(cgroups={"pids": {"max": 9}}))[0][0] == "/launcher"


@pytest.mark.parametrize("caller", [ROOT, USER])
def test_proc_of_other_processes_is_bound(bundle, command, caller):
    """That of a PID namespace of another user namespace cannot be mounted."""
    node = minimal(export("Procfs", "/proc"), share_pid="Enabled")
    (mount, *_) = bundle(node, caller)[2]["mounts"]
    assert (mount["type"], mount["source"]) == ("bind", "/proc")
    assert follows(command(Bwrap, node, caller), "--ro-bind", "/proc", "/proc")
    own = minimal(export("Procfs", "/proc"))
    assert bundle(own, caller)[2]["mounts"][0]["type"] == "proc"
    assert follows(command(Bwrap, own, caller), "--proc", "/proc")


def test_crun_needs_no_group_without_limits(bundle):
    argv, _, said = bundle(minimal(), USER)
    assert follows(argv, "--cgroup-manager", "disabled") and "cgroupsPath" not in said["linux"]
    assert said["linux"]["uidMappings"] == [{"containerID": USER.uid, "hostID": USER.uid, "size": 1}]
    said = bundle(minimal(**{"map-root-user": 1}), USER)[2]
    assert said["linux"]["uidMappings"] == [{"containerID": 0, "hostID": USER.uid, "size": 1}]


@pytest.mark.parametrize("node, words", [
    (minimal(export("Restricted", "/data", "/srv")), ("ro", "/data", "/srv")),
    (minimal(export("Public", "/data", "/srv")), ("rw", "/data", "/srv")),
    (minimal(export("Symlink", "/data", "usr")), ("link", "/data", "usr")),
    (minimal(export("Tmpfs", "/data"), tmpfs_size="1M"), ("tmpfs", "/data", ",size=1M")),
    (minimal(export("Procfs", "/proc")), ("proc", "/proc")),
    (minimal(export("Procfs", "/proc"), share_pid="Enabled"), ("ro", "/proc", "/proc")),
    (minimal(export("Devfs", "/dev")), ("dev", "/dev")),
    (minimal(hostname="unit"), ("hostname", "unit")),
    (minimal(umask="027"), ("umask", "027")),
    (minimal(**{"map-root-user": 1}), ("--map-root-user", "--keep-caps")),
    (minimal(**{"die-with-parent": "Enabled"}), ("setpriv", "--pdeathsig", "KILL", "/launcher")),
    (minimal(**{"new-session": "Enabled"}), ("setsid", "--wait", "env")),
    (minimal(**{"set-user": 7}), ("setpriv", "--reuid", "7", "--regid", "7", "--clear-groups", "/launcher")),
    (minimal(**{"set-user": 7, "share_user": "Enabled"}), ("--keep=1", "--gid=7", "--groups=7", "--uid=7")),
    (minimal(time_offsets={"boottime": 9}), ("--time", "--boottime", "9")),
    (minimal(share_net="/run/net", share_pid="/run/pid"), ("nsenter", "--net=/run/net", "--pid=/run/pid",
                                                           "/launcher", "--user")),
    (minimal(environ=[{"mode": "Static", "key": "A", "value": "b"}]), ("--ignore-environment", "A=b")),
])
def test_unshare_is_told_by_its_options_and_its_builder(command, node, words):
    assert follows(command(Unshare, node), *words)
    assert not follows(command(Unshare, minimal()), *words)


def test_unshare_shares_what_the_node_shares(command):
    every = ["--user", "--cgroup", "--net", "--pid", "--ipc", "--uts", "--time"]
    assert [word for word in command(Unshare, minimal()) if word in every] == every
    argv = command(Unshare, minimal(share_all="Enabled", share_net="Disabled"))
    assert [word for word in argv if word in every] == ["--net"]
    argv = command(Unshare, minimal(share_all="Enabled", share_net="Disabled"), USER)
    assert [word for word in argv if word in every] == ["--user", "--net"]


@pytest.mark.parametrize("capabilities, words", [
    ({}, ("--noamb", "--inh=", "--drop=all", "--shell=/witness")),
    ({"ALL": 1}, ("--noamb", f"--inh={EVERY}", f"--addamb={EVERY}", "--shell=/witness")),
    ({"cap_kill": 1}, ("--inh=cap_kill", f"--drop={EVERY.replace('cap_kill,', '')}", "--addamb=cap_kill")),
    ({"ALL": 1, "cap_kill": 0}, ("--drop=cap_kill", f"--addamb={EVERY.replace('cap_kill,', '')}")),
])
def test_unshare_keeps_the_capabilities_of_the_node(command, capabilities, words):
    assert follows(command(Unshare, minimal(capabilities=capabilities)), *words)
    assert EVERY.count("cap_") == 41


@pytest.fixture(name="hostile")
def hostile_folders():
    """Where words of the shell are names; below a directory that anybody may enter."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "it's `touch ran`; -o ro"
        source.mkdir()
        yield source


def test_unshare_runs_a_payload_in_a_root_of_its_own(command, hostile):
    """No word of the node is read by a shell; what is around the node is not there."""
    argv = command(Unshare, minimal(export("Restricted", f"/{hostile.name}", str(hostile)), hostname="unit"))
    argv[0] = shutil.which("unshare")
    argv[-2:] = ["host_name", "directory=/"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stderr == "" and json.loads(done.stdout)["host_name"]["host"] == "unit"
    assert json.loads(done.stdout)["directory"] == sorted([hostile.name, "witness"])


@pytest.mark.parametrize("node", [minimal(export("Restricted", "/data", "/nowhere/at/all")),
                                  minimal(tmpfs_size="nonsense")])
def test_a_node_that_unshare_cannot_build_is_refused(command, node):
    argv = command(Unshare, node)
    argv[0] = shutil.which("unshare")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stdout == "" and Unshare("/launcher").refuses(argv, done.returncode, done.stderr)


@pytest.mark.parametrize("adapter, node, what", [
    (Bwrap, minimal(share_time="Disabled"), "share_time"),
    (Bwrap, minimal(share_all="Disabled"), "share_time"),
    (Bwrap, minimal(share_net="/proc/self/ns/net"), "share_net"),
    (Bwrap, minimal(cgroups={"pids": {"max": 9}}), "cgroups"),
    (Bwrap, minimal(seccomp="default"), "seccomp"),
    (Bwrap, minimal(id_map="full"), "id_map"),
    (Bwrap, minimal(tmpfs_size="1M"), "tmpfs_size"),
    (Bwrap, minimal(export("Execfd", "/data", "date")), "Execfd"),
    (Bwrap, minimal(export("Public", "/data", "$NODE_PATH")), "/data by variables"),
    (Bwrap, minimal(environ=[{"key": "A", "value": "$USER"}]), "Default"),
    (Bwrap, minimal(share_user="Enabled", nested_userns="Disabled"), "nested_userns"),
    (Crun, minimal(export("Tmpfs", "/")), "on /"),
    (Crun, minimal(export("Public", "/", "/")), "on /"),
    (Crun, minimal(export("Public", "/", "/srv"), export("Anonymous", "/data")), "Anonymous"),
    (Crun, minimal(**{"new-session": "Disabled"}), "new-session"),
    (Crun, minimal(nested_userns="Disabled"), "nested_userns"),
    (Crun, minimal(export("Public", "/data", "$NODE_PATH")), "/data by variables"),
    (Crun, minimal(export("Restricted", "/")), "/"),
    (Crun, minimal(smack="label"), "smack"),
    (Unshare, minimal(cgroups={"pids": {"max": 9}}), "cgroups"),
    (Unshare, minimal(share_user="/proc/self/ns/user"), "share_user"),
    (Unshare, minimal(seccomp="default"), "seccomp"),
    (Unshare, minimal(nested_userns="Disabled"), "nested_userns"),
    (Unshare, minimal(id_map="full"), "id_map"),
    (Unshare, minimal(chdir="/tmp"), "chdir"),
    (Unshare, minimal(hostname="unit", share_uts="Enabled"), "UTS"),
    (Unshare, minimal(export("Lock", "/data")), "Lock"),
    (Unshare, minimal(environ=[{"key": "A", "value": "$USER"}]), "Default"),
])
def test_what_cannot_be_said_is_not_left_out(command, adapter, node, what):
    with pytest.raises(launchers.Inexpressible, match=what):
        command(adapter, node)


def _without_its_library(directory):
    """Make a program that is linked with a library that is gone. Returns its path."""
    for name, text in (("lib", "int answer(void) { return 42; }"),
                       ("main", "int answer(void); int main(void) { return answer(); }")):
        (directory / f"{name}.c").write_text(text)
    library, program = directory / "libanswer.so", directory / "redwrap"
    for options in (["-shared", "-o", library, directory / "lib.c"],
                    ["-o", program, directory / "main.c", library]):
        subprocess.run(["cc", *options], check=True)
    library.unlink()
    return program


def _without_its_interpreter(directory):
    program = directory / "redwrap"
    program.write_text("#!/nowhere/sh\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("make, why", [(_without_its_library, "libanswer.so"),
                                       (_without_its_interpreter, "No such file")])
def test_a_launcher_that_cannot_start_is_no_launcher(tmp_path, make, why):
    """A session would else say of each check that the node was refused, or that the harness broke."""
    outcome = run_suite(tmp_path, '@verifies(IPC)\ndef test_it(check):\n    pass\n',
                        "--launcher", f"redwrap:{make(tmp_path)}")
    assert outcome.status == 4 and outcome.session is None
    (line,) = (line for line in outcome.stderr.splitlines() if line.startswith("ERROR: "))
    assert "cannot be started here" in line and why in line


@pytest.mark.parametrize("adapter", [Redwrap, Bwrap])
def test_further_options_stand_before_the_payload(command, adapter):
    argv = adapter("/launcher").with_options(command(adapter, minimal()), ["--further", "option"])
    assert argv[-len(PAYLOAD) - 3:] == ["--further", "option", "--", *PAYLOAD]


def test_options_that_open_a_node(tmp_path):
    """redwrap takes another node, bubblewrap its exports; who has no such options says so."""
    nodes.write(tmp_path / "wide", minimal(export("Public", "/data", "/srv")).text(WITNESS), ROOT)
    assert Redwrap("/launcher").opening(tmp_path / "wide") == ["--redpath", str(tmp_path / "wide")]
    assert follows(Bwrap("/launcher").opening(tmp_path / "wide"), "--bind", "/srv", "/data")
    for adapter in (Crun, Unshare):
        with pytest.raises(launchers.Inexpressible):
            adapter("/launcher").opening(tmp_path / "wide")
        with pytest.raises(launchers.Inexpressible, match="--further"):
            adapter("/launcher").with_options(["/launcher", "--"], ["--further"])


def test_what_only_redwrap_has(tmp_path):
    """Its words, and redconf where that is beside it."""
    for name in ("redwrap", "redconf"):
        (tmp_path / name).touch(mode=0o755)
    assert Redwrap(tmp_path / "redwrap").native("--admin") == ["--admin"]
    assert Redwrap(tmp_path / "redwrap").companion("redconf") == str(tmp_path / "redconf")
    with pytest.raises(launchers.Inexpressible, match="--admin"):
        Bwrap("/launcher").native("--admin")
    for adapter in (Redwrap, Bwrap):
        with pytest.raises(launchers.Inexpressible, match="redconf"):
            adapter("/launcher").companion("redconf")


def test_a_check_of_it_gets_a_verdict_of_its_own(tmp_path):
    """It is never a pass; the session goes on, and does not fail. The control is a node that can be said."""
    ask = '@verifies(IPC, callers=("root",))\ndef test_{}(check):\n    check.observe(minimal({}), "pid")\n'
    outcome = run_suite(tmp_path, ask.format("beyond", "share_time='Disabled'") + ask.format("within", ""),
                        "--launcher", "bwrap:/bin/false")
    assert outcome.verdicts() == {"test_beyond[root]": ["unsupported by launcher"],
                                  "test_within[root]": ["error"]}
    assert outcome.session["launcher"] == "bwrap:/bin/false"
