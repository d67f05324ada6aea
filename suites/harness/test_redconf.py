# SPDX-License-Identifier: Apache-2.0
"""rednode.md 9: the command line of redconf, `config`, `mergeconfig` and `features`."""
import pytest
import yaml

from redconf_runs import assert_refused, output, redconf, write_admin
from redwrap_runs import NODES, ROOT, STATUS, USER, run, trusted_place, write_node

FIXTURES = (trusted_place,)
VALID = sorted(path for path in (NODES / "valid").glob("*.yaml"))
SEVEN = {"verbose": 0, "map-root-user": 0, "gpgcheck": False, "unsafe": False, "inherit-env": False,
         "die-with-parent": "Unset", "new-session": "Unset"}


@pytest.mark.parametrize("argv, words", [
    ([], ["no command"]),
    (["bogus"], ["bogus"]),
    (["-x", "config"], ["-x"]),
    (["-v9", "config"], ["log level"]),
    (["-l"], ["value", "-l"]),
    (["-l", "nine", "config"], ["log level"]),
    (["config", "-x"], ["-x"]),
    (["config", "-r"], ["value"]),
    (["config", "a", "b"], ["too many", "b"]),
    (["config", "-r", "a", "b"], ["twice"]),
    (["mergeconfig", "-x"], ["-x"]),
    (["check", "-x"], ["-x"]),
    (["tree", "-x"], ["-x"]),
    (["features"], ["no node"]),
    (["features", "-r", "a"], ["-r"]),
    (["features", "a", "b"], ["too many", "b"]),
])
def test_wrong_usage_is_status_2(argv, words):
    assert_refused(redconf(*argv), 2, *words)


@pytest.mark.parametrize("option", [["-l", "3"], ["--log-yaml", "3"], ["--log-yaml=3"], ["-v3"], ["-l0"]])
def test_a_log_level_silences_the_warnings_of_reading_the_files(place, option):
    """rednode.md 9: `-l` as `-v`; control: the level of warnings, and none given."""
    node = write_node(place / "n", "headers: {alias: a}\nexports: [{mode: Tmpfs, mount: /x, path: /y}]\n")
    assert redconf("config", node).stderr.count("warning") == 1
    assert redconf("-l", "4", "config", node).stderr.count("warning") == 1
    assert output(*option, "config", node) == output("-l3", "config", node)


def test_each_v_without_a_number_is_one_level_more(place):
    """rednode.md 9; control: none, and a number after them, which is the level."""
    node = write_node(place / "n", "headers: {alias: a}\nexports: [{mode: Tmpfs, mount: /x, path: /y}]\n")
    output("-v3", "config", node)
    assert redconf("-v3", "-v", "config", node).stderr.count("warning") == 1
    assert redconf("-v2", "-v", "--verbose", "config", node).stderr.count("warning") == 1
    output("-v", "-v3", "config", node)


def test_help_is_on_standard_output_in_80_columns():
    text = output("--help")
    assert text.startswith("Usage: redconf ") and max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("command", ["config", "mergeconfig", "check", "features"])
def test_an_error_is_status_1(place, command):
    assert_refused(redconf(command, place), 1, "not a node")
    assert_refused(redconf(command, write_node(place / "n", "headers: {}\n")), 1, "redpak.yaml:1:10", "alias")


@pytest.mark.parametrize("path", VALID, ids=[path.stem for path in VALID])
def test_what_config_prints_reads_back_as_the_same(place, path):
    """Printed twice it is the same text, and it means the same to another reader."""
    first = output("config", write_node(place / "a", path.read_bytes()))
    second = output("config", write_node(place / "b", first))
    assert first == second
    document = yaml.safe_load(first)
    assert list(document)[0] == "headers" and "config" in document


def test_config_lists_keys_in_the_order_of_the_schema(place):
    """List items are not indented below their key; modes and options in the case of the schema."""
    node = write_node(place / "n", """\
config:
  tmpfs_size: 9M
  capabilities: [{add: 1, cap: Net_Raw, warn: w}]
  hostname: h
  cgroups: {pids: {max: 9}, mem: {min: 1M, max: 2M}, cpuset: {cpus: 0}}
  new-session: ENABLED
  share_uts: disabled
  umask: 027
  share_all: enabled
  gpgcheck: yes
environ:
- {value: v, key: K}
exports:
- {mount: /t, mode: TMPFS}
headers: {info: i, alias: a}
""")
    assert output("config", node) == """\
headers:
  alias: a
  info: i
exports:
- mode: Tmpfs
  mount: /t
environ:
- mode: Default
  key: K
  value: v
config:
  umask: 027
  verbose: 0
  map-root-user: 0
  gpgcheck: true
  unsafe: false
  inherit-env: false
  die-with-parent: Unset
  new-session: Enabled
  share_all: enabled
  share_uts: disabled
  cgroups:
    cpuset:
      cpus: 0
    mem:
      max: 2M
      min: 1M
    pids:
      max: 9
  hostname: h
  capabilities:
  - cap: Net_Raw
    add: 1
    warn: w
  tmpfs_size: 9M

"""


def test_config_prints_the_leaf_first_and_names_the_nodes(place):
    parent = write_node(place / "parent", "headers: {alias: p}\n")
    leaf = write_node(parent / "leaf", "headers: {alias: l}\n")
    text = output("--yaml", "config", leaf)
    parts = text.split("# REDNODE CONFIG ")
    assert parts[0] == "" and [part.split("\n", 1)[0] for part in parts[1:]] == [str(leaf), str(parent)]
    assert all(part.endswith("\n\n") for part in parts[1:])
    assert "# REDNODE" not in output("config", leaf)


def test_the_directory_is_an_option_an_argument_or_the_current_one(place):
    node = write_node(place / "n", "headers: {alias: here}\n")
    texts = {output("config", "-r", node), output("config", "--redpath", node), output("config", node),
             output("config", cwd=node)}
    assert len(texts) == 1


def test_a_node_that_is_not_enabled_can_be_shown(place):
    node = write_node(place / "n", "headers: {alias: off}\n", STATUS.replace("Enable", "Disable"))
    assert "alias: off" in output("config", node)
    assert "alias: off" in output("mergeconfig", node)


def test_f4_a_node_without_a_name_can_be_shown(place):
    assert yaml.safe_load(output("config", write_node(place / "n", "headers: {alias: a}\n"))) == {
        "headers": {"alias": "a"}, "config": SEVEN}


def test_f10_showing_a_node_makes_nothing(place):
    node = write_node(place / "n", "headers: {alias: a}\n"
                      "exports: [{mode: Public, mount: /x, path: $NODE_PATH/made}]\n"
                      f"environ: [{{key: K, value: $(touch {place}/made)}}]\n"
                      "config: {cgroups: {mem: {max: 64M}}}\n")
    before = sorted(place.rglob("*"))
    for command in ("config", "mergeconfig", "features"):
        output(command, node)
    redconf("check", node)
    assert sorted(place.rglob("*")) == before


def test_mergeconfig_is_what_the_chain_makes(place):
    parent = write_node(place / "parent", """\
headers: {alias: p, name: parent}
exports: [{mode: Restricted, mount: /usr}, {mode: Private, mount: /own}, {mode: Tmpfs, mount: /x}]
environ: [{key: A, value: p}, {key: B, value: p}]
config: {umask: 022, hostname: p, cgroups: {mem: {max: 64M, low: 1M}}, capabilities: [{cap: chown, add: 1}]}
""")
    leaf = write_node(parent / "leaf", """\
headers: {alias: l}
exports: [{mode: Anonymous, mount: /x}, {mode: Tmpfs, mount: /$LEAF_ALIAS}]
environ: [{key: A, value: l}]
config: {umask: 027, cgroups: {mem: {max: 32M}}, capabilities: [{cap: chown, add: 0}]}
""")
    assert yaml.safe_load(output("mergeconfig", leaf)) == {
        "headers": {"alias": "l"},
        "exports": [{"mode": "Tmpfs", "mount": "/l"}, {"mode": "Restricted", "mount": "/usr", "path": "/usr"},
                    {"mode": "Anonymous", "mount": "/x"}],
        "environ": [{"mode": "Default", "key": "A", "value": "l"},
                    {"mode": "Default", "key": "B", "value": "p"}],
        "config": {"umask": 0o27, **SEVEN, "cgroups": {"mem": {"max": "32M", "low": "1M"}}, "hostname": "p",
                   "capabilities": [{"cap": "chown", "add": 0}]}}


def test_mergeconfig_a_merges_the_admin_configuration(place):
    node = write_node(place / "n", "headers: {alias: n}\nconfig: {umask: 022, share_net: Enabled}\n")
    write_admin(node, "headers: {alias: admin-of-n}\nconfig: {umask: 077, share_net: Disabled}\n")
    assert "umask: 022" in output("mergeconfig", node)
    for option in ("-a", "--admin"):
        text = output("mergeconfig", option, node)
        assert "umask: 077" in text and "share_net: Disabled" in text and "only with" not in text


def test_w10_mergeconfig_names_what_only_the_admin_configuration_restricts(place):
    node = write_node(place / "n", """\
headers: {alias: n}
exports: [{mode: Public, mount: /data, path: /var}, {mode: Restricted, mount: /ro, path: /var}]
environ: [{key: SECRET, mode: Inherit}]
config:
  share_net: Enabled
  capabilities: [{cap: net_raw, add: 1}, {cap: chown, add: 1}]
  seccomp: off
  die-with-parent: Enabled
""")
    path = write_admin(node, """\
headers: {alias: admin-of-n}
exports:
- {mode: Restricted, mount: /data, path: /var}
- {mode: Restricted, mount: /ro, path: /usr}
environ:
- {key: SECRET, mode: Remove}
config:
  share_net: Disabled
  share_ipc: Disabled
  capabilities:
  - {cap: net_raw, add: 0}
  - {cap: kill, add: 0}
  - {cap: sys_admin, add: 1}
  seccomp: default
  die-with-parent: Enabled
  cgroups:
    mem: {max: 64M}
""")
    lines = output("mergeconfig", node).split("# only with --admin: ")[1:]
    assert [line.rstrip("\n") for line in lines] == [
        f"{key} ({path}:{line})" for key, line in (
            ("exports./data", 3), ("environ.SECRET", 6), ("seccomp", 14), ("share_net", 8),
            ("cgroups.memory.max", 17), ("capabilities.net_raw", 11))]


def test_w10_mergeconfig_names_a_share_all_of_the_admin_configuration(place):
    """Where it closes what N leaves open, and no key of its own says so; an export of its own opens."""
    node = write_node(place / "n", "headers: {alias: n}\nconfig: {share_all: Enabled}\n")
    path = write_admin(node, "headers: {alias: a}\nexports:\n- {mode: Restricted, mount: /ro, path: /usr}\n"
                       "config:\n  share_all: Disabled\n")
    assert output("mergeconfig", node).endswith(f"# only with --admin: share_all ({path}:5)\n")
    write_node(node, "headers: {alias: n}\nconfig: {share_all: Disabled}\n")
    assert "only with --admin" not in output("mergeconfig", node)


def test_mergeconfig_gives_the_time_offsets_of_the_nearest(place):
    with_offsets = "headers: {{alias: a}}\nconfig: {{time_offsets: {{{}}}}}\n".format
    parent = write_node(place / "p", with_offsets("monotonic: 1, boottime: 2"))
    leaf = write_node(parent / "l", with_offsets("boottime: 3"))
    merged = yaml.safe_load(output("mergeconfig", leaf))
    assert merged["config"]["time_offsets"] == {"monotonic": 1, "boottime": 3}


def test_features_is_a_profile_of_what_the_node_needs(place):
    node = write_node(place / "n", "headers: {alias: n}\nconfig: {share_net: Enabled,"
                      " cgroups: {mem: {max: 64M}, io: {cost_qos: x}},"
                      " capabilities: [{cap: net_raw, add: 1}]}\n")
    lines = redconf("features", node).stdout.splitlines()
    assert len(lines) == len(set(lines)) and all(line.endswith(": supported") for line in lines)
    ids = [line.partition(":")[0] for line in lines]
    for needed in ("namespace.mnt", "namespace.user", "cgroup.mode", "cgroup.controller.memory",
                   "cgroup.item.memory.max", "process.clone_into_cgroup", "capability.cap_net_raw",
                   "mount.new_api"):
        assert needed in ids
    for other in ("namespace.net", "cgroup.controller.io", "capability.cap_chown"):
        assert other not in ids


@pytest.mark.parametrize("config, needed", [
    ("share_net: /proc/1/ns/net", "namespace.net.join"), ("share_ipc: /proc/1/ns/ipc", "namespace.ipc.join"),
    ("share_user: Disabled", "namespace.user.nesting"), ("share_pid: Disabled", "process.set_tid"),
    ("share_time: Disabled, time_offsets: {boottime: 1}", "namespace.time.offsets"),
    ("seccomp: default, nested_userns: Enabled, new-session: Enabled", "process.seccomp.errno"),
    ("seccomp: off, nested_userns: Disabled, new-session: Enabled", "process.seccomp.errno")])
def test_features_of_a_setting(place, config, needed):
    """Control: without it the node does not need the feature."""
    def ids(config):
        node = write_node(place / "n", f"headers: {{alias: n}}\nconfig: {{{config}}}\n")
        return {line.partition(":")[0] for line in output("features", node).splitlines()}
    assert needed in ids(config) and needed in output_of_redprobe()
    assert needed not in ids("share_all: Enabled, seccomp: off, nested_userns: Enabled, new-session: Enabled")


def test_features_of_an_export(place):
    """Once, however many there are; control: an export of another mode."""
    def lines(*modes):
        exports = ", ".join(f"{{mode: {mode}, mount: /made{number}}}" for number, mode in enumerate(modes))
        node = write_node(place / "n", f"headers: {{alias: n}}\nexports: [{exports}]\n")
        return output("features", node).splitlines()
    assert lines("Mqueue", "Mqueue").count("mount.mqueue: supported") == 1
    assert "mount.mqueue: supported" not in lines("Tmpfs")


def test_features_are_ids_of_redprobe(place):
    node = write_node(place / "n", "headers: {alias: n}\nconfig: {cgroups: {cpuset: {cpus: 0},"
                      " mem: {max: 1G, low: 0, oom_group: 1, swap_max: 0},"
                      " cpu: {max: 9, weight_nice: 0}, io: {weight: 9}, pids: {max: 9}},"
                      " capabilities: [{cap: ALL, add: 1}]}\n")
    needed = {line.partition(":")[0] for line in output("features", node).splitlines()}
    assert needed <= output_of_redprobe() and {"cgroup.controller.pids", "cgroup.item.cpu.max"} <= needed


def test_features_of_an_ordinary_users_node(place):
    """An ordinary user's node needs what its caller does."""
    node = write_node(place / "n", "headers: {alias: n}\n")
    assert "namespace.user.unprivileged" in redconf("features", node, caller=USER).stdout
    assert "namespace.user.unprivileged" not in output("features", node)


def output_of_redprobe():
    """The ids that redprobe knows."""
    return {line.split()[0] for line in run(ROOT / "build/bin/redprobe", "--list").stdout.splitlines()}


def test_a_full_disk_is_an_error(place):
    node = write_node(place / "n", "headers: {alias: n}\n")
    for words in (["config", node], ["mergeconfig", node], ["features", node], ["tree", node], ["--help"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = redconf(*words, stdout=full)
        assert done.returncode == 1 and done.stderr.startswith("redconf: cannot print the ")
