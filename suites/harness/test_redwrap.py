# SPDX-License-Identifier: Apache-2.0
"""The command redwrap, natively: usage, statuses, one-line errors, and what the payload gets.

Nothing here needs control groups.
"""
import os
import signal
import subprocess

import pytest
import yaml

from redwrap_runs import (LIMIT, MINIMAL, REDWRAP, SYSTEM, USER, assert_error, each_caller, run, shell,
                          system_node, trusted_place, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, system_node, trusted_place)


@pytest.mark.parametrize("argv, words", [
    ([], ["--redpath"]),
    (["/bin/true"], ["--redpath"]),
    (["--redpath"], ["value", "--redpath"]),
    (["-r"], ["value", "-r"]),
    (["--redpath", "/srv"], ["no program"]),
    (["-r", "/srv", "--"], ["no program"]),
    (["--bogus", "-r", "/srv", "/bin/true"], ["--bogus"]),
    (["-x", "-r", "/srv", "/bin/true"], ["-x"]),
    (["-r/srv", "-xyz", "/bin/true"], ["-xyz"]),
    (["--help=3"], ["--help=3"]),
    (["--bo\ngus\x1b[2J"], ["--bo\\012gus\\033[2J"]),
    (["--" + "x" * 5000], ["--xxx"]),
])
def test_wrong_usage_is_one_line_and_status_2(argv, words):
    assert_error(run(REDWRAP, *argv), 2, *words)


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["-?"], ["-r", "/srv", "--help"]])
def test_help_is_on_standard_output(argv):
    done = run(REDWRAP, *argv)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: redwrap ")


def test_help_that_cannot_be_written_is_status_2():
    with open("/dev/full", "w", encoding="ascii") as full:
        done = run(REDWRAP, "--help", stdout=full)
    assert done.returncode == 2 and "No space left on device" in done.stderr


@pytest.mark.parametrize("option", [["--redpath"], ["--rpath"], ["--rp"], ["-r"]])
def test_each_name_of_the_option(node, option):
    assert run(REDWRAP, *option, node, "--", "/bin/true").returncode == 0


def test_options_end_at_the_first_word_that_is_none(node):
    """With and without `--`, and whatever the words of the program look like."""
    for before in ([], ["--"]):
        done = run(REDWRAP, "-r", node, *before, "/bin/echo", "--help", "-r", "--bogus", "--", "-x")
        assert (done.returncode, done.stdout) == (0, "--help -r --bogus -- -x\n")


def test_a_program_may_look_like_an_option(node):
    assert_error(run(REDWRAP, "-r", node, "--", "--help"), 127, "--help")


# Status.

@pytest.mark.parametrize("status", [0, 1, 2, 42, 124, 125, 126, 127, 128, 255])
def test_f1_status_is_the_programs(node, caller, status):
    done = shell(node, f"exit {status}", caller)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")


@pytest.mark.parametrize("name", ["TERM", "KILL", "SEGV", "HUP", "USR1"])
def test_status_of_a_signal_is_128_and_its_number(node, caller, name):
    done = shell(node, f"kill -{name} $$", caller)
    assert done.returncode == 128 + signal.Signals[f"SIG{name}"]
    assert done.stderr == ""


@pytest.mark.parametrize("program", ["/none", "none", "/usr/bin/none", "", "/none/none"])
def test_a_program_that_is_not_there_is_127(node, caller, program):
    assert_error(run(*caller, REDWRAP, "-r", node, "--", program), 127, node, "No such file or directory")


@pytest.mark.parametrize("program, reason", [
    ("/usr", "Permission denied"), ("/dev/null", "Permission denied"),
    ("/usr/share/common-licenses/GPL-3", "Permission denied"), ("/usr/bin/true/x", "Not a directory")])
def test_a_program_that_cannot_be_executed_is_126(node, caller, program, reason):
    assert_error(run(*caller, REDWRAP, "-r", node, "--", program), 126, program, node, reason)


@pytest.mark.parametrize("program", ["/bin/redscript", "redscript"])
def test_a_script_needs_its_interpreter(place, caller, program):
    """rednode.md 8: the program is there, and cannot be executed."""
    script = place / "bin/redscript"
    script.parent.mkdir()
    script.write_text("#!/none\n", encoding="ascii")
    script.chmod(0o755)
    scripts = f"{{mode: Restricted, mount: /bin, path: {script.parent}}}"
    node = write_node(place / "node", SYSTEM.replace("{mode: Symlink, mount: /bin, path: usr/bin}", scripts))
    assert_error(run(*caller, REDWRAP, "-r", node, "--", program), 126, program, "interpreter")
    script.write_text("#!/usr/bin/cat\n", encoding="ascii")
    assert run(*caller, REDWRAP, "-r", node, "--", program).stdout == "#!/usr/bin/cat\n"


def node_of_scripts(place, *directories):
    """A node whose PATH has these directories, {name: (content, mode)} or None for one that is not there."""
    config = yaml.safe_load(SYSTEM)
    config["exports"].append({"mode": "Restricted", "mount": "/scripts", "path": str(place / "scripts")})
    config["config"]["path"] = ":".join(f"/scripts/{number}" for number in range(len(directories)))
    (place / "scripts").mkdir()
    for number, scripts in enumerate(directories):
        if scripts is not None:
            (place / f"scripts/{number}").mkdir()
        for name, (content, mode) in (scripts or {}).items():
            script = place / f"scripts/{number}/{name}"
            script.write_text(content, encoding="ascii")
            script.chmod(mode)
    return write_node(place / "node", yaml.safe_dump(config))


SCRIPT, OTHER = "#!/bin/sh\necho $#\n", "#!/none\n"


@pytest.mark.parametrize("directories, status, reason", [
    (({}, {"tell": (SCRIPT, 0o755)}), 0, ""), ((None, {"tell": (SCRIPT, 0o755)}), 0, ""),
    (({"tell": (SCRIPT, 0o644)}, {"tell": (SCRIPT, 0o755)}), 0, ""),
    (({"tell": (SCRIPT, 0o644)}, {}), 126, "Permission denied"),
    (({"tell": (OTHER, 0o755)}, {}), 126, "interpreter"),
    (({"tell": (OTHER, 0o755)}, {"tell": (SCRIPT, 0o755)}), 0, ""),
    (({"tell": ("echo $#\n", 0o755)}, {"tell": (SCRIPT, 0o755)}), 126, "Exec format error"),
    ((None, {"other": (SCRIPT, 0o755)}), 127, "No such file or directory")])
def test_a_program_is_searched_for_as_by_a_shell(place, caller, directories, status, reason):
    """exec(3), except that no shell gets what is no program, however many words it has."""
    done = run(*caller, REDWRAP, "-r", node_of_scripts(place, *directories), "--", "tell", *["word"] * 20000)
    if status:
        assert_error(done, status, "tell", reason)
    else:
        assert (done.returncode, done.stdout, done.stderr) == (0, "20000\n", "")


def test_a_program_is_looked_up_in_the_default_path(node):
    assert run(REDWRAP, "-r", node, "--", "true").returncode == 0
    assert run(REDWRAP, "-r", node, "--", "false").returncode == 1


@pytest.mark.parametrize("directory, reason", [
    ("none", "No such file"), ("file", "Not a directory"), ("plain", "not a node"), ("/", "not a node")])
def test_what_is_no_node_is_125(place, directory, reason):
    (place / "file").touch()
    (place / "plain").mkdir()
    done = run(REDWRAP, "-r", place / directory, "--", "/bin/true")
    assert_error(done, 125, reason)


def test_an_empty_path_is_not_the_current_directory(node):
    assert run(REDWRAP, "-r", ".", "--", "/bin/true", cwd=node).returncode == 0
    assert_error(run(REDWRAP, "-r", "", "--", "/bin/true", cwd=node), 125, "''")


def test_an_export_that_is_missing_is_125(place, caller):
    config = MINIMAL + "- {mode: Public, mount: /data, path: /none/of/it}\n"
    assert_error(shell(write_node(place, config), "echo ran", caller), 125, "/none/of/it")


def test_a_node_that_others_may_write_is_125(node, caller):
    assert shell(node, "true", caller).returncode == 0
    (node / "etc/redpak.yaml").chmod(0o666)
    assert_error(shell(node, "echo ran", caller), 125, node / "etc/redpak.yaml", "chmod")


def test_a_users_node_is_not_roots(node):
    for path in (node, node / "etc", node / ".rednode.yaml", node / "etc/redpak.yaml"):
        os.chown(path, 1000, 1000)
    assert_error(shell(node, "echo ran"), 125, node, "user 1000")
    assert shell(node, "echo ran", USER).stdout == "ran\n"


def test_in_a_user_namespace_a_users_node_is_not_nobodys(node):
    """Where `nobody` finds every owner shown as itself; control: outside it is the user's, or its own."""
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    inside = (*nobody, "unshare", "--user", "--map-current-user")
    for path in (node, node / "etc", node / ".rednode.yaml", node / "etc/redpak.yaml"):
        os.chown(path, 1000, 1000)
    assert_error(shell(node, "echo ran", inside), 125, "user 65534", "user namespace")
    assert_error(shell(node, "echo ran", nobody), 125, node, "user 1000")
    for path in (node, node / "etc", node / ".rednode.yaml", node / "etc/redpak.yaml"):
        os.chown(path, 65534, 65534)
    assert shell(node, "echo ran", nobody).stdout == "ran\n"


def test_a_child_may_not_share_what_its_parent_forbids(place):
    write_node(place / "root", MINIMAL + "config: {share_net: Disabled}\n")
    leaf = write_node(place / "root/leaf", MINIMAL + "config: {share_net: Enabled}\n")
    assert_error(shell(leaf, "echo ran"), 125, f"{leaf}/etc/redpak.yaml:7:21", f"{place}/root")
    write_node(place / "root", MINIMAL)
    assert shell(leaf, "echo ran").stdout == "ran\n"


# What the payload gets.

def test_environment_is_pwd_only(node, caller):
    environment = {"PATH": os.environ["PATH"], "SECRET": "1"}
    done = run(*caller, REDWRAP, "-r", node, "--", "/usr/bin/env", env=environment, cwd="/")
    assert (done.returncode, done.stdout) == (0, "PWD=/\n")


def test_directory_is_the_callers_where_the_node_has_it(node, caller):
    for directory, wanted in (("/usr/share", "/usr/share"), ("/tmp", "/tmp"), ("/etc", "/")):
        done = shell(node, "/bin/pwd; echo $PWD", caller, cwd=directory)
        assert done.stdout == f"{wanted}\n{wanted}\n"


def with_config(line):
    """The node of the tests with a line of its section config."""
    return SYSTEM + f"  {line}\n"


def test_a_configured_directory_must_exist(node, caller):
    """rednode.md 5: chdir, and PWD with it."""
    write_node(node, with_config("chdir: /usr/share"))
    assert shell(node, "/bin/pwd; echo $PWD", caller, cwd="/tmp").stdout == "/usr/share\n/usr/share\n"
    for directory in ("/none", "/dev/null", "/proc/self/fd/7", "/proc/1/cwd"):
        write_node(node, with_config(f"chdir: {directory}"))
        assert_error(shell(node, "echo ran", caller, cwd="/tmp"), 125, directory, node)


def test_f7_umask_is_the_configured_one(node, caller):
    """rednode.md 2 and 5, F7. Without one it is the caller's."""
    caller = ("bash", "-c", 'umask 053; exec "$@"', "bash", *caller)
    assert shell(node, "umask", caller).stdout == "0053\n"
    write_node(node, with_config("umask: 027"))
    assert shell(node, "umask", caller).stdout == "0027\n"
    write_node(node, with_config("umask: $SOME_UMASK"))
    assert shell(node, "umask", ("env", "SOME_UMASK=0", *caller)).stdout == "0000\n"
    done = shell(node, "umask", ("env", "SOME_UMASK=8", *caller))
    assert_error(done, 125, "redpak.yaml:", "'8' is not a umask")


def test_payload_is_process_2(node, caller):
    assert shell(node, "echo $$ $PPID", caller).stdout == "2 1\n"


def test_payload_has_no_capability_and_no_new_privileges(node, caller):
    lines = shell(node, "cat /proc/self/status", caller).stdout.splitlines()
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    assert {fields[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1"


def test_payload_has_the_callers_signal_mask(node, caller):
    """redwrap blocks all signals for itself."""
    def mask():
        done = run(*caller, REDWRAP, "-r", node, "--", "grep", "SigBlk", "/proc/self/status")
        return int(done.stdout.split()[1], 16)

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        assert mask() == 1 << (signal.SIGUSR2 - 1)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert mask() == 0


def test_standard_streams_are_the_callers(node):
    done = subprocess.run([REDWRAP, "-r", node, "--", "/bin/sh", "-c", "cat; echo error >&2"], input=b"in\n",
                          capture_output=True, check=False, timeout=LIMIT)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"in\n", b"error\n")


@pytest.mark.parametrize("argv, words", [
    (["--strict=maybe"], ["yes nor no", "maybe"]),
    (["--force=1"], ["yes nor no", "1"]),
    (["--unsafe=x"], ["yes nor no", "x"]),
    (["--verbose=9"], ["log level", "9"]),
    (["-v-1"], ["log level", "-1"]),
    (["-vx"], ["log level", "x"]),
    (["--preserve-fd", "-1"], ["descriptor", "-1"]),
    (["--preserve-fd", "4294967299"], ["descriptor", "4294967299"]),
    (["--preserve-fd", "three"], ["descriptor", "three"]),
    (["--user"], ["value", "--user"]),
])
def test_a_wrong_value_is_one_line_and_status_2(node, argv, words):
    assert_error(run(REDWRAP, "-r", node, *argv), 2, *words)


@pytest.mark.parametrize("argv", [
    ["--admin"], ["-a"], ["--admin=x"], ["--strict"], ["--strict=no"], ["-s"], ["--force=YES"], ["-f"],
    ["--unsafe"],
    ["-u"], ["--unsafe=no"], ["--bwrap", "/x"], ["-b", "/x"], ["--no-commands"], ["-sfu"],
])
def test_an_option_without_effect_on_this_node(node, argv):
    done = run(REDWRAP, *argv, "-r", node, "/bin/echo", "ran")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")


@pytest.mark.parametrize("option", [["-v"], ["-v0"], ["-v8"], ["--verbose"], ["--verbose=3"],
                                    ["-v", "-v", "-v", "-v"]])
def test_f3_no_verbosity_refuses_a_node(node, option):
    assert run(REDWRAP, *option, "-r", node, "/bin/echo", "ran").stdout == "ran\n"


@pytest.mark.parametrize("level", ["0", "4", "5", "6", "8", "0x8"])
def test_f3_no_verbosity_of_a_file_refuses_a_node(node, level):
    """rednode.md 2 and 8: it is the level, unless an option gives one."""
    write_node(node, SYSTEM + f"  verbose: {level}\n  share_user: Enabled\n")
    said = {option: run(*USER, REDWRAP, *option, "-r", node, "/bin/echo", "ran")
            for option in ((), ("-v5",), ("-v6",))}
    assert {done.stdout for done in said.values()} == {"ran\n"}
    assert ["implied" in done.stderr for done in said.values()] == [int(level, 0) > 5, False, True]


def test_w1_no_word_of_the_program_is_an_option(node):
    """`--dump-only` among the options runs nothing; behind the first word it is the program's."""
    assert run(REDWRAP, "-r", node, "--dump-only", "/bin/echo").stdout.startswith("DUMP: ")
    assert run(REDWRAP, "-r", node, "/bin/echo", "--dump-only").stdout == "--dump-only\n"


@pytest.mark.parametrize("kind", ["uts", "time"])
def test_w11_uts_and_time_are_unshared_by_default(place, caller, kind):
    """rednode.md 5: as the others are; the control shares them."""
    def namespace(config):
        exports = MINIMAL.replace("exports:\n", "exports:\n- {mode: Procfs, mount: /proc}\n")
        node = write_node(place / "node", exports + config)
        return shell(node, f"readlink /proc/self/ns/{kind}", caller).stdout

    own = os.readlink(f"/proc/self/ns/{kind}") + "\n"
    assert namespace("config: {share_all: Enabled, share_pid: Disabled}\n") == own
    for config in ("", f"config: {{share_{kind}: Disabled}}\n"):
        assert namespace(config) not in (own, "")


def test_w7_limits_that_cannot_be_set_refuse_the_start(place, caller):
    """rednode.md 7: the payload does not run without them. The control asks for none."""
    config = "config: {cgrouproot: /usr, cgroups: {pids: {max: 9}}}\n"
    node = write_node(place / "node", MINIMAL + config)
    assert_error(shell(node, "echo started", caller), 125, "/usr", "cgrouproot")
    write_node(node, MINIMAL + "config: {cgrouproot: /usr}\n")
    assert shell(node, "echo started", caller).stdout == "started\n"
