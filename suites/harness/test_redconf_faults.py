# SPDX-License-Identifier: Apache-2.0
"""rednode.md 9: each system call and each allocation of redconf fails once: redconf says so, or does what it
does without.
"""
import errno
from itertools import count

import pytest

from create_runs import area_of_the_caller, entries, small_templates
from fault_runs import NOT_MET, assert_none, faults_of, run_with
from redconf_runs import REDCONF, write_admin
from redwrap_runs import ROOT, SYSTEM, each_caller, run, trusted_place, write_node

# pytest finds fixtures by their being here.
FIXTURES = (trusted_place, each_caller, small_templates, area_of_the_caller)
STARVED = ROOT / "build/test/memory/redconf"
# Of a starved command that makes fewer allocations.
ALL_MADE = 4
READERS = (("-y", "config"), ("mergeconfig", "--admin"), ("mergeconfig",), ("check",), ("features",),
           ("tree",))
# These pass over with a warning: the files of A without --admin, directories that cannot be looked into.
WARNING = {("mergeconfig",), ("tree",)}


def says(done, *words):
    """Whether redconf said one line, with these words."""
    return done.stderr.startswith("redconf: ") and done.stderr.count("\n") == 1 and \
        all(str(word) in done.stderr for word in words)


@pytest.fixture(name="chain")
def chain_of_two(place):
    """A node with an admin configuration, which is a link, and a node below it."""
    parent = write_node(place / "node", SYSTEM)
    write_admin(parent, "headers: {alias: a}\nconfig: {capabilities: [{cap: ALL, add: 0}]}\n")
    (parent / "etc/redpak-admin.yaml").rename(parent / "admin.yaml")
    (parent / "etc/redpak-admin.yaml").symlink_to("../admin.yaml")
    write_node(parent / "leaf", "headers: {alias: leaf}\n")
    return parent


def reading(chain, words):
    """The words before a command that reads the chain, and it: by a relative path, through a link."""
    (chain.parent / "link").symlink_to("node")
    return ("env", "-C", chain.parent), [REDCONF, *words, "link" if words == ("tree",) else "link/leaf"]


def ended(done):
    """What is compared of two runs."""
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_9_of_a_command_that_reads(chain, place, words):
    caller, command = reading(chain, words)
    whole, faults = faults_of(place, caller, command)
    assert whole.returncode in (0, 3) and len(faults) > 20, whole.stderr
    wrong = {}
    for fault in faults:
        done = run_with(fault, caller, command)
        said = done and says(done) and (done.returncode == 1 or words in WARNING and "warning" in done.stderr)
        if not done or not (said or done.returncode == NOT_MET or ended(done) == ended(whole)):
            wrong[fault] = done
    assert_none(wrong)


def test_9_a_read_that_is_interrupted_is_repeated(chain, place):
    caller, command = reading(chain, ("mergeconfig", "-a"))
    whole, faults = faults_of(place, caller, command)
    reads = [(process, number, errno.EINTR, name) for process, number, _, name in faults if name == "read"]
    assert ended(whole)[0] == 0 and len(reads) > 4
    for fault in reads:
        assert ended(run_with(fault, caller, command)) == ended(whole)


@pytest.mark.parametrize("update", [False, True])
def test_9_of_create(area, templates, place, caller, update):
    """What fails leaves the directory as it was, inode by inode; a former file that stays is named."""
    node = area / "above/node"
    command = [REDCONF, "create", "-t", templates, *["-u"][:update], node]
    if update:
        assert run(*caller, REDCONF, "create", "-t", templates, node).returncode == 0
    wrong = {}
    whole, faults = faults_of(place, caller, command)
    assert ended(whole) == (0, "", "") and len(faults) > 40
    made = set(entries(area))
    for fault in faults:
        if not update:
            run("rm", "-r", area / "above")
        before = entries(area)
        done = run_with(fault, caller, command)
        after = entries(area)
        left = set(after) - made
        if not done or not (done.returncode == 1 and says(done) and after == before or
                            ended(done) == ended(whole) and set(after) == made or
                            done.returncode == 0 and made < set(after) and says(done, "warning", *left)):
            wrong[fault] = (done, left)
        run("rm", "-f", *left)
    assert_none(wrong)


def starved(words, caller=()):
    """Run redconf with its first allocation failing, then with the second, and so on, until it makes fewer.

    Yields how each run ended.
    """
    for number in count(1):
        done = run(*caller, "env", f"FAILING_ALLOCATION={number}", STARVED, *words)
        if done.returncode == ALL_MADE:
            assert number > 20 and not done.stderr
            return
        yield done


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_9_of_a_command_that_reads_each_allocation(chain, words):
    words = [*words, chain if words == ("tree",) else chain / "leaf"]
    whole = run(REDCONF, *words)
    for done in starved(words):
        assert done.returncode == 1 and says(done, "memory") or tuple(words[:-1]) in WARNING and \
            says(done, "memory", "warning") or ended(done) == ended(whole), ended(done)


@pytest.mark.parametrize("update", [False, True])
def test_9_of_create_each_allocation(area, templates, caller, update):
    words = ["create", "-t", templates, *["-u"][:update], area / "above/node"]
    if update:
        assert run(*caller, REDCONF, "create", "-t", templates, area / "above/node").returncode == 0
    before = entries(area)
    for done in starved(words, caller):
        assert done.returncode == 1 and says(done, "memory") and entries(area) == before, ended(done)
