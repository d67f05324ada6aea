# SPDX-License-Identifier: Apache-2.0
"""rednode.md 8: --dump-only and --dump, the form that existing tools parse."""
import pytest

from redwrap_runs import REDWRAP, SYSTEM, USER, assert_error, run, trusted_place, write_node

FIXTURES = (trusted_place,)
EXAMPLE = """\
headers: {alias: unit7}
exports:
- {mode: Restricted, mount: /usr}
- {mode: Symlink, mount: /bin, path: usr/bin}
- {mode: Devfs, mount: /dev}
- {mode: Procfs, mount: /proc}
config: {hostname: $LEAF_ALIAS, path: /usr/bin}
"""
DUMPED = """\
DUMP: /usr/bin/bwrap (as {name})
  --symlink usr/bin /bin
  --dev /dev
  --proc /proc
  --ro-bind /usr /usr
  --unshare-uts
  --hostname unit7
  --unshare-user
  --unshare-cgroup
  --unshare-ipc
  --unshare-pid
  --unshare-net
  --setenv PATH /usr/bin /bin/true
"""


def dump(node, *words, caller=()):
    """The dump of a node, which must succeed and say nothing else."""
    done = run(*caller, REDWRAP, "-r", node, "--dump-only", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def options(node, *words):
    """The option lines of a dump, without the blanks before them."""
    return [line[2:] for line in dump(node, *words).splitlines()[1:]]


def test_the_example_of_the_specification(place):
    assert dump(write_node(place / "node", EXAMPLE), "/bin/true") == DUMPED.format(name=REDWRAP)


def test_the_program_is_optional_and_nothing_is_run(place):
    node = write_node(place / "node", EXAMPLE)
    assert dump(node) == DUMPED.format(name=REDWRAP).replace(" /bin/true", "")
    assert dump(node, "/not/there", "--bind", "x y").endswith(" /not/there --bind x y\n")


def test_bwrap_names_bubblewrap(place):
    node = write_node(place / "node", EXAMPLE)
    assert dump(node, "--bwrap", "/opt/bwrap").startswith("DUMP: /opt/bwrap (as ")


EVERYTHING = """\
headers: {alias: all}
exports:
- {mode: Public, mount: /a, path: /var}
- {mode: Private, mount: /b, path: /var}
- {mode: PrivateRestricted, mount: /c, path: /var}
- {mode: Anonymous, mount: /d}
- {mode: Tmpfs, mount: /e}
environ:
- {key: FIRST, value: '1'}
- {key: GONE, mode: Remove}
- {key: TOLD, mode: Execfd, value: "echo $HOME"}
- {key: SHOWN, value: "a$(touch /tmp/never)\\tb"}
config:
  chdir: /usr
  die-with-parent: Enabled
  new-session: enabled
  share_net: Enabled
  share_pid: Enabled
  capabilities: [{cap: net_raw, add: 1}, {cap: CAP_CHOWN, add: 1}, {cap: all, add: 0}]
"""


def test_every_kind_of_line_and_its_place(place):
    """Environ and capabilities stand in reverse order of discovery; ALL comes first."""
    assert options(write_node(place / "node", EVERYTHING)) == [
        "--bind /var /a", "--bind /var /b", "--ro-bind /var /c", "--dir /d", "--tmpfs /e",
        "--setenv SHOWN a$(touch /tmp/never)\\011b", "--setenv TOLD echo $HOME", "--unsetenv GONE",
        "--setenv FIRST 1",
        "--cap-drop ALL", "--cap-add CAP_CHOWN", "--cap-add net_raw",
        "--chdir /usr", "--die-with-parent", "--new-session",
        "--unshare-user", "--unshare-cgroup", "--unshare-ipc", "--share-net"]


def test_what_a_nearer_file_decides_is_not_printed_twice(place):
    parent = write_node(place / "node", "headers: {alias: p}\nexports: [{mode: Tmpfs, mount: /x}]\n"
                        "environ: [{key: A, value: p}]\n"
                        "config: {capabilities: [{cap: net_raw, add: 1}]}\n")
    leaf = write_node(parent / "leaf", "headers: {alias: l}\nexports: [{mode: Anonymous, mount: /x}]\n"
                      "environ: [{key: A, value: l}]\n"
                      "config: {capabilities: [{cap: ALL, add: 0}]}\n")
    assert options(leaf)[:3] == ["--dir /x", "--setenv A l", "--cap-drop ALL"]
    assert "--cap-add net_raw" in options(parent) and "--cap-add net_raw" not in options(leaf)


def test_w5_commands_are_shown_and_not_run(place):
    marker = place / "marker"
    text = f"headers: {{alias: w5}}\nenviron: [{{key: A, value: '$(touch {marker})'}}]\n"
    node = write_node(place / "node", text + "exports: [{mode: Restricted, mount: /usr}]\n")
    assert f"$(touch {marker})" in dump(node) and not marker.exists()
    run(REDWRAP, "-r", node, "--", "/usr/bin/true")
    assert marker.exists()


def test_the_user_namespace_is_shown_in_its_effective_state(place):
    node = write_node(place / "node", "headers: {alias: u}\nconfig: {share_user: Enabled}\n")
    assert "--unshare-user" not in dump(node)
    assert "--unshare-user" in dump(node, caller=USER)


def test_what_bubblewrap_cannot_say_follows_from_level_6_on(place):
    node = write_node(place / "node", "headers: {alias: u}\n"
                      "config: {verbose: 8, time_offsets: {boottime: 9}, seccomp: off}\n")
    assert dump(node)
    done = run(*USER, REDWRAP, "-r", node, "-v6", "-D")
    assert done.returncode == 0 and done.stdout.startswith("DUMP: ")
    assert all(line.startswith("# ") for line in done.stderr.splitlines())
    for line in ("# user: implied", "# time: unshared", "# boottime: 9 s", "# seccomp: off"):
        assert line in done.stderr.splitlines()


def test_a_namespace_that_is_joined_is_told_with_its_file(place):
    """rednode.md 5 and 8: the dump itself says nothing of it."""
    node = write_node(place / "node", "headers: {alias: j}\nconfig: {share_net: /proc/1/ns/net}\n")
    assert "# net: joined /proc/1/ns/net" in rest(node)
    assert "--share-net" not in dump(node) and "--unshare-net" not in dump(node)


def rest(node, *words, caller=()):
    """The lines after the dump from level 6 on."""
    done = run(*caller, REDWRAP, "-r", node, "-v6", "-D", *words)
    assert done.returncode == 0
    return done.stderr.splitlines()


def test_the_filter_is_told_in_its_effective_state(place):
    """rednode.md 8: also where no file says."""
    lines = rest(write_node(place / "node", "headers: {alias: a}\nconfig: {seccomp: Unset}\n"))
    assert {"# seccomp: default", "# nested_userns: Disabled"} <= set(lines)
    lines = rest(write_node(place / "other", "headers: {alias: a}\nconfig: {nested_userns: enabled}\n"))
    assert {"# seccomp: default", "# nested_userns: enabled"} <= set(lines)


def test_what_an_option_sets_is_told_instead(place):
    """rednode.md 5 and 8: --user, --group and --smack win over the files."""
    node = write_node(place / "node", "headers: {alias: a}\nconfig: {set-user: daemon, smack: System}\n")
    assert {"# set-user: daemon", "# smack: System"} <= set(rest(node))
    lines = rest(node, "--user", "5", "--group", "6", "--smack", "Other")
    assert {"# set-user: 5", "# set-group: 6", "# smack: Other"} <= set(lines)
    assert not {"# set-user: daemon", "# smack: System"} & set(lines)


def test_each_limit_is_told_with_its_node(place):
    """rednode.md 6 and 8: nested groups, inside one node A over N; io.cost is never written."""
    limits = "headers: {{alias: a}}\nconfig: {{cgroups: {{{}}}}}\n".format
    parent = write_node(place / "node", limits("mem: {max: 64M, low: 1M}, io: {cost_qos: x}"))
    leaf = write_node(parent / "leaf", limits("mem: {max: 32M}, pids: {max: 9}"))
    (leaf / "etc/redpak-admin.yaml").write_text(limits("pids: {max: 5}"), encoding="utf-8")
    assert [line for line in rest(leaf) if line[0] == "#" and line[-1] == ")"] == [
        f"# memory.max: 32M ({leaf})", f"# pids.max: 9 ({leaf})",
        f"# memory.max: 64M ({parent})", f"# memory.low: 1M ({parent})"]
    assert f"# pids.max: 5 ({leaf})" in rest(leaf, "--admin")


@pytest.mark.parametrize("option, caller, said", [
    ("-v6", USER, True), ("-v5", USER, False), ("-v6", (), False)], ids=["user", "level-5", "root"])
def test_an_implied_user_namespace_is_said(place, option, caller, said):
    """rednode.md 5 and 10: at level 6 of a start, and in every --dump."""
    node = write_node(place / "node", SYSTEM + "  share_user: Enabled\n  share_net: Disabled\n")
    done = run(*caller, REDWRAP, option, "-r", node, "/bin/true")
    assert (done.returncode, "redwrap: user: implied" in done.stderr.splitlines()) == (0, said)
    done = run(*caller, REDWRAP, "--dump", "-r", node, "/bin/true")
    assert ("# user: implied" in done.stderr.splitlines()) == (caller == USER)


def test_dump_prints_on_standard_error_and_runs(place):
    node = write_node(place / "node", SYSTEM.replace("config:", "config:\n  path: /usr/bin"))
    done = run(REDWRAP, "-r", node, "--dump", "/usr/bin/env")
    assert done.returncode == 0 and "PATH=/usr/bin" in done.stdout
    assert done.stderr.startswith("DUMP: /usr/bin/bwrap (as ")


@pytest.mark.parametrize("config, word", [
    ("headers: {}\n", "alias"),
    ("headers: {alias: a}\nexports: [{mode: Tmpfs, mount: /../x}]\n", "climb"),
    ("headers: {alias: a}\nconfig: {hostname: x, share_uts: Enabled}\n", "hostname"),
], ids=["schema", "mount", "check"])
def test_it_refuses_what_the_configuration_itself_forbids(place, config, word):
    assert_error(run(REDWRAP, "-r", write_node(place / "node", config), "-D"), 125, word)


def test_it_does_not_test_the_host(place):
    """A missing path, an unknown user, a group that is no cgroup: a start would refuse them."""
    node = write_node(place / "node", "headers: {alias: h}\n"
                      "exports: [{mode: Restricted, mount: /x, path: /not/there}]\n"
                      "config: {cgrouproot: /tmp, cgroups: {mem: {max: 64M}}, set-user: nobody-knows}\n")
    assert options(node)[0] == "--ro-bind /not/there /x"
    assert not (place / "x").exists()


@pytest.mark.parametrize("output", [">/dev/full", ">&-"])
def test_f1_a_dump_that_cannot_be_printed_is_an_error(place, output):
    """rednode.md 8, F1: also where there is no output at all."""
    done = run("sh", "-c", f'exec "$@" {output}', "sh", REDWRAP, "-r", write_node(place / "node"), "-D")
    assert_error(done, 125, "cannot print the dump")
