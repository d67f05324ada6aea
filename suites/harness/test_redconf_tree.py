# SPDX-License-Identifier: Apache-2.0
"""rednode.md 9, `redconf tree`: the nodes below a directory, as an indented tree, `name  (alias)`."""
import os

import pytest

from redconf_runs import assert_refused, output, redconf
from redwrap_runs import CALLERS, USER, each_caller, trusted_place, write_node

FIXTURES = (trusted_place, each_caller)


def node(directory, alias):
    """A node of this alias."""
    return write_node(directory, f"headers: {{alias: {alias}}}\nconfig: {{}}\n")


@pytest.fixture(name="hierarchy")
def three_levels(place):
    """A node with two others below it, of which one has one below."""
    node(place / "top", "system")
    node(place / "top/b", "radio")
    node(place / "top/b/deep", "tuner")
    node(place / "top/a", "maps")
    return place / "top"


TREE = "top  (system)\n  a  (maps)\n  b  (radio)\n    deep  (tuner)\n"


def test_9_nodes_are_indented_below_their_parent(hierarchy, caller):
    assert output("tree", hierarchy, caller=caller) == TREE


@pytest.mark.parametrize("option", ["-r", "--redroot"])
def test_9_the_directory_may_be_an_option(hierarchy, option):
    assert output("tree", option, hierarchy) == TREE


def test_9_without_a_directory_it_is_the_current_one(hierarchy):
    assert output("tree", cwd=hierarchy) == TREE
    assert output("tree", "b", cwd=hierarchy) == "b  (radio)\n  deep  (tuner)\n"


def test_9_the_directory_given_twice_is_wrong_usage(hierarchy):
    assert_refused(redconf("tree", "-r", hierarchy, hierarchy), 2, "twice")


def test_9_a_directory_that_is_no_node_shows_the_nodes_directly_below(hierarchy):
    node(hierarchy.parent / "other", "second")
    assert output("tree", hierarchy.parent) == "other  (second)\n" + TREE


def test_9_a_directory_without_nodes_shows_nothing(place):
    assert output("tree", place) == ""


def test_9_order_is_bytewise(place):
    names = ["b", "B", "é", "a-b", "a", "a.b", "_"]
    for name in names:
        node(place / name, "x")
    found = [line.split()[0] for line in output("tree", place).splitlines()]
    assert found == sorted(names, key=os.fsencode)


def test_1_a_directory_that_is_no_node_ends_the_hierarchy(hierarchy):
    """The parent of a node is the directory directly above it."""
    node(hierarchy / "plain/lost", "lost")
    assert output("tree", hierarchy) == TREE


def test_9_links_are_not_followed(hierarchy):
    (hierarchy / "link").symlink_to(hierarchy / "b")
    (hierarchy / "b/loop").symlink_to(hierarchy)
    assert output("tree", hierarchy) == TREE


def test_9_control_characters_of_a_name_are_written_as_octal(place):
    node(place / "a\n\033[2J", "x")
    assert output("tree", place) == "a\\012\\033[2J  (x)\n"


def test_9_an_unreadable_directory_is_a_warning(hierarchy):
    """What can be read is shown; root reads everything, which is the control."""
    closed = hierarchy / "closed"
    node(closed, "hidden")
    closed.chmod(0o700)
    assert "closed  (hidden)" in output("tree", hierarchy)
    done = redconf("tree", hierarchy, caller=USER)
    assert (done.returncode, done.stdout) == (0, TREE)
    assert done.stderr.startswith("redconf: warning: ") and done.stderr.count("\n") == 1
    assert str(closed) in done.stderr


def test_9_a_node_whose_directory_cannot_be_listed_is_shown(hierarchy):
    (hierarchy / "b").chmod(0o711)
    done = redconf("tree", hierarchy, caller=USER)
    assert (done.returncode, done.stdout) == (0, TREE.replace("    deep  (tuner)\n", ""))
    assert f"cannot list the directory {hierarchy}/b: " in done.stderr


@pytest.mark.parametrize("caller", CALLERS)
def test_9_a_broken_node_is_an_error_and_the_others_are_shown(hierarchy, caller):
    write_node(hierarchy / "a", "headers: {}\n")
    done = redconf("tree", hierarchy, caller=CALLERS[caller])
    assert (done.returncode, done.stdout) == (1, TREE.replace("  a  (maps)\n", ""))
    assert done.stderr.startswith("redconf: ") and "a/etc/redpak.yaml:1:10: " in done.stderr


def test_w6_a_node_that_others_can_write_to_is_not_shown(hierarchy):
    assert redconf("tree", hierarchy).returncode == 0
    (hierarchy / "b").chmod(0o777)
    done = redconf("tree", hierarchy)
    assert (done.returncode, done.stdout) == (1, "top  (system)\n  a  (maps)\n")
    assert done.stderr.count("\n") == 1 and f"{hierarchy}/b" in done.stderr


def test_9_a_directory_that_is_not_there_is_an_error(place):
    assert_refused(redconf("tree", place / "none"), 1, place / "none")
    (place / "file").touch()
    assert_refused(redconf("tree", place / "file"), 1, place / "file")


def test_9_a_chain_longer_than_descriptors_last_is_an_error(place):
    """What was reached is shown; without the limit all of it."""
    path = place
    for _ in range(60):
        path = node(path / "n", "x")
    lines = ["  " * depth + "n  (x)" for depth in range(60)]
    assert output("tree", place).splitlines() == lines
    done = redconf("tree", place, caller=("prlimit", "--nofile=20"))
    shown = done.stdout.splitlines()
    assert done.returncode == 1 and shown == lines[:len(shown)]
    assert "n/n/n" in done.stderr and done.stderr.count("\n") == 1
