# SPDX-License-Identifier: Apache-2.0
"""The status file and the name of a node (rednode.md 1); options that change a start (rednode.md 8)."""
import json

import pytest

from redconf_runs import write_admin
from redwrap_runs import REDWRAP, STATUS, SYSTEM, assert_error, each_caller, run, trusted_place, write_node

FIXTURES = (each_caller, trusted_place)


def start(node, *options, caller=(), program=("/bin/echo", "ran")):
    """Start a program in a node."""
    return run(*caller, REDWRAP, *options, "-r", node, "--", *program)


@pytest.mark.parametrize("status", [
    "REALPATH: /srv\nTimeStamp: 0x10\nSTATE: eNABLE\n", STATUS + "info: some text\n"])
def test_keys_are_of_any_case_and_info_is_optional(place, status):
    assert start(write_node(place / "node", SYSTEM, status)).stdout == "ran\n"


@pytest.mark.parametrize("key", ["realpath", "timestamp", "state"])
def test_each_mandatory_key_is_needed(place, key):
    status = "".join(line for line in STATUS.splitlines(True) if not line.startswith(key))
    assert_error(start(write_node(place / "node", SYSTEM, status)), 125, ".rednode.yaml", key)


@pytest.mark.parametrize("state", ["Disable", "Unknown", "Error"])
@pytest.mark.parametrize("which", ["leaf", "parent", "root"])
def test_only_enabled_nodes_below_enabled_ones_start(place, state, which):
    """The control: all of the chain enabled."""
    root = write_node(place / "node", SYSTEM)
    parent = write_node(root / "parent", "headers: {alias: p}\n")
    leaf = write_node(parent / "leaf", "headers: {alias: l}\n")
    assert start(leaf).stdout == "ran\n"
    other = {"leaf": leaf, "parent": parent, "root": root}[which]
    (other / ".rednode.yaml").write_text(STATUS.replace("Enable", state), encoding="utf-8")
    assert_error(start(leaf), 125, f"{other} is not enabled")


def test_realpath_is_not_compared(place, caller):
    node = write_node(place / "node", SYSTEM, STATUS.replace("/srv/node", "/somewhere/else"))
    assert start(node, caller=caller).stdout == "ran\n"


def test_paths_never_end_with_a_slash(place):
    """However the node is named."""
    node = write_node(place / "node", SYSTEM + "environ: [{key: P, value: '$NODE_PATH|$LEAF_PATH'}]\n")
    for name in (node, f"{node}/", f"{node}//", f"{node}/etc/.."):
        assert f"P={node}|{node}\n" in start(name, program=("/usr/bin/env",)).stdout


def test_admin_uses_the_admin_configurations(place):
    node = write_node(place / "node", SYSTEM + "environ: [{key: WHO, value: normal}]\n")
    write_admin(node, "headers: {alias: a}\nenviron: [{key: WHO, value: admin}]\n")
    for options, who in (((), "normal"), (("--admin",), "admin"), (("-a",), "admin"),
                         (("--admin=x",), "admin")):
        assert f"WHO={who}\n" in start(node, *options, program=("/usr/bin/env",)).stdout


@pytest.mark.parametrize("options, made", [
    (("--force",), True), (("--strict",), False), (("--strict", "--force"), True),
    (("--force", "--strict"), False), (("--strict", "--strict=no"), None), ((), None)])
def test_of_strict_and_force_the_last_counts(place, options, made):
    """made: outside and inside the node; None: inside it alone."""
    def status(path):
        entry = json.dumps({"mode": "Public", "mount": "/made", "path": str(path)})
        done = start(write_node(place / "node", SYSTEM.replace("config:", f"- {entry}\nconfig:")), *options)
        return done.returncode == 0 and path.is_dir()

    assert status(place / "outside/made") == bool(made)
    assert status(place / "node/made") == (made is not False)


@pytest.mark.parametrize("text", [
    "environ: [{key: A, value: $(true)}]\n", "environ: [{key: A, mode: Execfd, value: 'true'}]\n"])
def test_no_commands_refuses_a_node_that_has_one(place, text):
    """rednode.md 10: and names it; the control runs it."""
    node = write_node(place / "node", SYSTEM + text)
    assert start(node).stdout == "ran\n"
    assert_error(start(node, "--no-commands"), 125, "redpak.yaml:", "true", "--no-commands")


def test_no_commands_names_the_first(place):
    """rednode.md 10: in the order of the file; control: the other way round it is the other."""
    first, second = ("{{key: {0}, value: '$(echo {0})'}}".format(name) for name in ("one", "two"))
    for entries, named in (((first, second), "one"), ((second, first), "two")):
        node = write_node(place / "node", SYSTEM + f"environ: [{', '.join(entries)}]\n")
        assert_error(start(node, "--no-commands"), 125, f"echo {named}")


def test_execfd_exports_are_numbered_from_3_in_a_dump(place):
    node = write_node(place / "node", "headers: {alias: e}\nexports:\n" + "".join(
        f"- {{mode: Execfd, mount: /{name}, path: 'echo {name}'}}\n" for name in ("b", "a", "c")))
    lines = run(REDWRAP, "-r", node, "-D").stdout.splitlines()
    files = [line.strip() for line in lines if "--file" in line]
    assert files == ["--file 3 /a", "--file 4 /b", "--file 5 /c"]
