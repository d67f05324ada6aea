# SPDX-License-Identifier: Apache-2.0
"""rednode.md 4 and the directory of 5: what the payload's environment is, natively, as root and as a user."""
import json
import os

import pytest

from redwrap_runs import (REDWRAP, SYSTEM, assert_error, each_caller, run, shell, trusted_place, write_node)

FIXTURES = (each_caller, trusted_place)
EXPORTS = SYSTEM.partition("config:")[0]
CALLER = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "SECRET": "caller's", "Home": "/nowhere"}


def entry(key, **fields):
    """An entry of `environ` in flow style."""
    return json.dumps({"key": key, **fields})


def node_with(place, *entries, config="", name="node"):
    """A node with these entries of `environ` and lines of `config`."""
    environ = "".join(f"- {text}\n" for text in entries)
    section = "".join(f"  {line}\n" for line in config.splitlines())
    return write_node(place / name, EXPORTS + (f"environ:\n{environ}" if entries else "") +
                      (f"config:\n{section}" if section else ""))


def environment(node, caller=(), cwd="/", env=None):
    """The payload's environment as a dict, exactly as execve gave it."""
    done = run(*caller, REDWRAP, "-r", node, "--", "/usr/bin/env", "-0", cwd=cwd,
               env=CALLER if env is None else env)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(item.split("=", 1) for item in done.stdout.split("\0") if item)


def test_it_starts_empty_but_for_pwd(place, caller):
    assert environment(node_with(place), caller) == {"PWD": "/"}


def test_inherit_env_keeps_the_callers(place, caller):
    assert environment(node_with(place, config="inherit-env: true"), caller) == {**CALLER, "PWD": "/"}


def test_static_is_not_expanded_and_default_is(place):
    node = node_with(place, entry("S", mode="Static", value="$LEAF_ALIAS"), entry("D", value="$LEAF_ALIAS"))
    got = environment(node)
    assert got["S"] == "$LEAF_ALIAS" and got["D"] not in ("", "$LEAF_ALIAS")


def test_execfd_is_the_output_of_the_command_unchanged(place):
    got = environment(node_with(place, entry("E", mode="Execfd", value="echo '$HOME'; echo two")))
    assert got["E"] == "$HOME\ntwo\n"


def test_f5_a_silent_command_gives_an_empty_variable(place):
    assert environment(node_with(place, entry("E", mode="Execfd", value="true")))["E"] == ""


def test_execfd_that_writes_nul_is_refused(place):
    node = node_with(place, entry("E", mode="Execfd", value="printf 'a\\0b'"))
    assert_error(shell(node, "true"), 125, "NUL", "redpak.yaml:")


def test_inherit_is_the_callers_value_or_empty(place):
    got = environment(node_with(place, entry("SECRET", mode="Inherit"), entry("ABSENT", mode="Inherit")))
    assert (got["SECRET"], got["ABSENT"]) == ("caller's", "")


def test_remove_unsets_what_is_inherited(place):
    got = environment(node_with(place, entry("SECRET", mode="Remove"), config="inherit-env: true"))
    assert "SECRET" not in got and got["LANG"] == "C.UTF-8"


def test_f6_names_are_compared_exactly(place):
    got = environment(node_with(place, entry("Path_x", value="1"), entry("PATH_X", value="2"),
                                entry("home", mode="Remove"), config="inherit-env: true"))
    assert (got["Path_x"], got["PATH_X"], got["Home"]) == ("1", "2", "/nowhere")


def test_pwd_can_be_set_and_removed_by_an_entry(place):
    assert environment(node_with(place, entry("PWD", value="/mine")))["PWD"] == "/mine"
    assert environment(node_with(place, entry("PWD", mode="Remove"), name="second")) == {}


def test_search_paths_are_set_last_without_duplicates(place):
    node = node_with(place, entry("PATH", value="/entry"),
                     config="path: ':/a:/usr/bin::/a:/b:'\nldpath: $LEAF_PATH/lib")
    got = environment(node)
    assert (got["PATH"], got["LD_LIBRARY_PATH"]) == ("/a:/usr/bin:/b", f"{node}/lib")


def test_search_paths_are_not_set_when_nothing_gives_them(place):
    assert "PATH" not in environment(node_with(place))
    assert environment(node_with(place, entry("PATH", value="/entry"), name="second"))["PATH"] == "/entry"


def test_search_paths_join_leaf_before_parent(place):
    parent = node_with(place, config="path: /usr/bin:/both")
    leaf = write_node(parent / "leaf", "headers: {alias: leaf}\nconfig: {path: '/leaf:/both'}\n")
    assert environment(leaf)["PATH"] == "/leaf:/both:/usr/bin"


def test_search_paths_have_admin_before_normal(place):
    """At each node; control: without --admin only what is normal."""
    parent = node_with(place, config="path: /parent/normal\nldpath: /usr/lib")
    leaf = write_node(parent / "leaf", "headers: {alias: leaf}\nconfig: {path: '/leaf/normal'}\n")
    for node in (parent, leaf):
        admin = node / "etc/redpak-admin.yaml"
        settings = f"{{path: '/{node.name}/admin', ldpath: /{node.name}}}"
        admin.write_text(f"headers: {{alias: a}}\nconfig: {settings}\n", encoding="utf-8")
        admin.chmod(0o644)
    done = run(REDWRAP, "-a", "-r", leaf, "--", "/usr/bin/env", cwd="/")
    assert "PATH=/leaf/admin:/leaf/normal:/node/admin:/parent/normal\n" in done.stdout
    assert "LD_LIBRARY_PATH=/leaf:/node:/usr/lib\n" in done.stdout
    assert environment(leaf)["PATH"] == "/leaf/normal:/parent/normal"


@pytest.mark.parametrize("cwd, entries, config, expected", [
    ("/usr", (), "", "/usr"),
    ("/etc", (entry("HOME", value="/usr/lib"),), "", "/usr/lib"),
    ("/etc", (entry("HOME", value="/nowhere"),), "", "/"),
    ("/etc", (), "", "/"),
    ("/etc", (), "chdir: /usr/share", "/usr/share"),
], ids=["the-current-one", "home", "no-home", "root", "chdir"])
def test_the_directory_the_payload_starts_in(place, caller, cwd, entries, config, expected):
    done = shell(node_with(place, *entries, config=config), 'echo "$PWD"; pwd -P', caller, cwd=cwd)
    assert done.stdout.split() == [expected, expected], done.stderr


def test_chdir_must_exist_in_the_node(place, caller):
    assert_error(shell(node_with(place, config="chdir: /etc"), "true", caller), 125, "/etc")
