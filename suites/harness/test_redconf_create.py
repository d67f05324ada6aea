# SPDX-License-Identifier: Apache-2.0
"""rednode.md 9, `redconf create`: what it makes, where, of which options; that the nodes start."""
import re
import shutil
import time
from pathlib import Path

import pytest
import yaml

from create_runs import (area_of_the_caller, assert_silent, creator, entries, model_of, read, read_admin,
                         small_templates, write)
from redconf_runs import REDCONF, assert_refused, output, redconf
from redwrap_runs import REDWRAP, ROOT, each_caller, run, trusted_place, write_node

# pytest finds fixtures by their being here.
FIXTURES = (trusted_place, each_caller, small_templates, area_of_the_caller, creator)
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


# What is made

def test_9_both_files_are_written_and_nothing_is_printed(create, area):
    assert_silent(create("node"))
    made = sorted(str(path.relative_to(area)) for path in area.rglob("*"))
    assert made == ["node", "node/.rednode.yaml", "node/etc", "node/etc/redpak-admin.yaml",
                    "node/etc/redpak.yaml"]


def test_9_the_status_is_enabled_with_the_real_path_and_the_time(create, area):
    (area / "link").symlink_to(".")
    before = time.time_ns() // 1_000_000
    assert_silent(create("link/node"))
    status = read(area / "node", ".rednode.yaml")
    assert list(status) == ["realpath", "timestamp", "state", "info"]
    assert (status["realpath"], status["state"]) == (str(area / "node"), "Enable")
    assert before <= status["timestamp"] <= time.time_ns() // 1_000_000
    assert "redconf create" in status["info"]


def test_9_headers_are_alias_fresh_uuid_and_a_creation_text(create, area):
    for name in ("a", "b"):
        assert_silent(create(name))
    headers = [read(area / "a"), read_admin(area / "a"), read(area / "b"), read_admin(area / "b")]
    headers = [document["headers"] for document in headers]
    assert [header["alias"] for header in headers] == ["a", "admin-of-a", "b", "admin-of-b"]
    assert all(UUID4.fullmatch(header["name"]) for header in headers)
    assert len({header["name"] for header in headers}) == 4
    assert all("created by redconf create" in header["info"] for header in headers)


def test_9_configurations_hold_the_keys_that_the_template_gives(create, area, templates):
    """No others: among all seven keys of the reference a false would not count (section 6)."""
    assert_silent(create("node"))
    for made, template in ((read(area / "node"), "full-normal"), (read_admin(area / "node"), "full-admin")):
        wanted = yaml.safe_load((templates / f"{template}.yaml").read_text(encoding="utf-8"))
        assert {**made, "headers": None} == {**wanted, "headers": None}


def test_9_every_section_of_a_template_is_kept(create, area, templates, caller):
    """What `config` shows of the node is what it shows of the template as a node."""
    rich = (ROOT / "runtime/templates.d/full-normal.yaml").read_text(encoding="utf-8") + """\
  verbose: 0
  cgroups: {mem: {max: 1M}, pids: {max: 9}}
  time_offsets: {boottime: 5}
  capabilities: [{cap: net_raw, add: 1, warn: "a: b # c"}]
"""
    write(templates / "rich.yaml", rich)
    assert_silent(create("-c", "rich", "node"))
    plain = write_node(area.parent / "plain", rich)
    shown = [yaml.safe_load(output("config", node, caller=caller)) for node in (area / "node", plain)]
    assert {**shown[0], "headers": None} == {**shown[1], "headers": None}


@pytest.mark.parametrize("option", ["-a", "--alias"])
def test_9_an_alias_may_be_given(create, area, option):
    assert_silent(create(option, "my+alias", "node"))
    assert read(area / "node")["headers"]["alias"] == "my+alias"
    assert read_admin(area / "node")["headers"]["alias"] == "admin-of-my+alias"


@pytest.mark.parametrize("words", [["-a", "a b", "n"], ["-a", "", "n"], ["-a", "ä", "n"], ["a b"], ["n.d"]])
def test_1_an_alias_of_other_characters_is_refused_before_anything_is_made(create, area, words):
    assert_refused(create(*words), 1, "alias", "A-Z a-z 0-9")
    assert not list(area.iterdir())


# Where it is made

def test_9_missing_directories_are_made(create, area):
    assert_silent(create("a/b/c"))
    assert read(area / "a/b/c")["headers"]["alias"] == "c"
    assert not (area / "a/.rednode.yaml").exists() and not (area / "a/b/.rednode.yaml").exists()


def test_9_an_existing_directory_that_is_no_node_is_used(create, area, caller):
    run(*caller, "mkdir", "-p", area / "node/etc", area / "node/data")
    assert_silent(create("node"))
    assert (area / "node/data").is_dir() and read(area / "node")["headers"]["alias"] == "node"


def test_9_without_a_node_it_is_the_current_directory(create, area):
    assert_silent(create())
    assert read(area)["headers"]["alias"] == "area"


def test_f17_a_relative_path_is_relative_to_the_current_directory(create, area, caller):
    run(*caller, "mkdir", area / "sub")
    one, two, three = (f"{area.parent.name}-{number}" for number in range(3))
    for path, node in ((one, f"sub/{one}"), (f"./{two}", f"sub/{two}"), (f"../{three}", three)):
        assert_silent(create(path, cwd=area / "sub"))
        assert read(area / node, ".rednode.yaml")["realpath"] == str(area / node)
    assert not any(Path("/", name).exists() for name in (one, two, three))


@pytest.mark.parametrize("words", [["node"], ["-n", "node"], ["--node", "node"]])
def test_9_the_node_is_an_argument_or_an_option(create, area, words):
    assert_silent(create(*words))
    assert (area / "node/.rednode.yaml").is_file()


@pytest.mark.parametrize("words", [["node", "root"], ["-R", "root", "node"],
                                   ["--redroot", "root", "-n", "node"],
                                   ["-R", "./root", "{area}/root/node"]])
def test_9_the_root_is_where_a_relative_node_begins(create, area, words):
    assert_silent(create(*(word.format(area=area) for word in words)))
    assert (area / "root/node/.rednode.yaml").is_file()


@pytest.mark.parametrize("node", ["../node", "{area}/node", "{area}/rootling", "/"])
def test_9_a_node_that_is_not_beneath_the_root_is_refused(create, area, caller, node):
    run(*caller, "mkdir", area / "root")
    assert_refused(create(node.format(area=area), "root"), 1, "cannot create")
    assert [path.name for path in area.iterdir()] == ["root"]


def test_9_a_node_that_is_not_in_a_missing_root_is_refused_and_nothing_made(create, area):
    assert_refused(create(area / "node", "root/deep"), 1, "not beneath", area / "root/deep")
    assert not list(area.iterdir())


@pytest.mark.parametrize("path, word", [("", "''"), ("/", "root directory"), ("none/../node", "'..'"),
                                        ("dangling/node", "dangling"), ("file/node", "file")])
def test_9_a_path_that_can_be_no_node_is_refused(create, area, path, word):
    (area / "dangling").symlink_to("nowhere")
    (area / "file").touch()
    before = entries(area)
    assert_refused(create(path), 1, word)
    assert entries(area) == before


# Nodes that are there

def test_9_an_existing_node_is_an_error(create, area):
    assert_silent(create("node"))
    before = entries(area)
    assert_refused(create("node"), 1, "is a node already", "--update")
    assert entries(area) == before


@pytest.mark.parametrize("option", ["-u", "--update"])
def test_9_update_writes_anew_and_keeps_headers(create, area, option):
    assert_silent(create("-a", "one", "node"))
    headers = read(area / "node")["headers"], read_admin(area / "node")["headers"]
    assert_silent(create(option, "-m", "leaf", "node"))
    assert (read(area / "node")["headers"], read_admin(area / "node")["headers"]) == headers
    assert model_of(area / "node")[0] == "leaf"
    assert len(list((area / "node").rglob("*"))) == 4


def test_9_update_makes_a_node_of_what_is_none(create, area):
    assert_silent(create("-u", "node"))
    assert read(area / "node")["headers"]["alias"] == "node"


def test_9_update_says_that_it_keeps_the_alias(create, area):
    assert_silent(create("-a", "one", "node"))
    assert_silent(create("-u", "-a", "one", "node"))
    done = create("-u", "-a", "two", "node")
    assert done.returncode == 0 and done.stderr.startswith("redconf: warning: the alias two is not used")
    assert read(area / "node")["headers"]["alias"] == "one"


def test_9_update_keeps_the_state(create, area):
    """A node that was taken out of use is not put back into it."""
    assert_silent(create("node"))
    status = area / "node/.rednode.yaml"
    status.write_text(f"realpath: /moved\ntimestamp: 5\nstate: Disable\ninfo: {'why'}\n", encoding="utf-8")
    assert_silent(create("-u", "node"))
    made = read(area / "node", ".rednode.yaml")
    assert (made["realpath"], made["state"], made["info"]) == (str(area / "node"), "Disable", "why")
    assert made["timestamp"] > 5


def test_1_update_writes_files_of_the_fallback_names(create, area):
    assert_silent(create("node"))
    etc = area / "node/etc"
    for name in ("redpak.yaml", "redpak-admin.yaml"):
        (etc / name).rename(etc / name.replace("redpak", "redpack"))
    assert_silent(create("-u", "-l", "node"))
    assert sorted(path.name for path in etc.iterdir()) == ["redpack-admin.yaml", "redpack.yaml"]
    assert read(area / "node", "etc/redpack.yaml")["config"] == {"chdir": "/leaf"}


def test_9_update_adds_an_admin_configuration_that_is_missing(create, area):
    assert_silent(create("-a", "one", "node"))
    (area / "node/etc/redpak-admin.yaml").unlink()
    assert_silent(create("-u", "node"))
    assert read_admin(area / "node")["headers"]["alias"] == "admin-of-one"


def test_9_update_of_a_node_that_cannot_be_read_changes_nothing(create, area):
    assert_silent(create("node"))
    (area / "node/etc/redpak.yaml").write_text("headers: {}\n", encoding="utf-8")
    before = entries(area)
    assert_refused(create("-u", "node"), 1, "redpak.yaml:1:10: ")
    assert entries(area) == before


def test_9_an_update_that_fails_half_way_changes_nothing(place, templates):
    """A file that is a mount point cannot be replaced; without the mount it is the control."""
    node = place / "node"
    assert_silent(redconf("create", "-t", templates, node))
    before = entries(node)
    script = 'mount --bind "$1/.rednode.yaml" "$1/.rednode.yaml" && exec "$2" create -u -l -t "$3" "$1"'
    done = run("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", node, REDCONF,
               templates)
    assert_refused(done, 1, "cannot write", ".rednode.yaml")
    assert entries(node) == before
    assert_silent(redconf("create", "-u", "-l", "-t", templates, node))
    assert model_of(node)[0] == "leaf"


# Usage

@pytest.mark.parametrize("words, named", [
    (["-f", "-l"], "more than one model"), (["-m", "x", "-r"], "more than one model"), (["-m", "a/b"], "a/b"),
    (["-n", "a", "b"], "node is given twice"), (["-R", "a", "b", "c"], "root is given twice"),
    (["a", "b", "c"], "too many"), (["-x"], "-x"), (["-a"], "-a")])
def test_9_wrong_usage_is_status_2(create, area, words, named):
    assert_refused(create(*words), 2, named)
    assert not list(area.iterdir())


# What was made starts

@pytest.mark.parametrize("admin", [(), ("--admin",)], ids=["normal", "admin"])
@pytest.mark.parametrize("chain", [["-f node"], ["-r node", "-l node/leaf"], ["node", "node/leaf"]],
                         ids=["full", "root and leaf", "no model"])
def test_9_a_node_that_was_made_starts(place, area, caller, chain, admin):
    """With the templates of the project."""
    shutil.copytree(ROOT / "runtime/templates.d", place / "project")
    for words in chain:
        assert_silent(redconf("create", "-t", place / "project", *words.split(), caller=caller, cwd=area))
    leaf = chain[-1].split()[-1]
    done = run(*caller, REDWRAP, *admin, "--redpath", area / leaf, "--", "sh", "-c", "hostname; pwd")
    name = Path(leaf).name
    assert (done.returncode, done.stdout) == (0, f"{name}\n/home/{name}\n"), done.stderr
    assert redconf("check", area / leaf, caller=caller).returncode != 1
