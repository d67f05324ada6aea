# SPDX-License-Identifier: Apache-2.0
"""The manual page redpak.yaml(5) against the tables of the runtime, and its example as a node."""
import os
import re

from redwrap_runs import ROOT, each_caller, shell, trusted_place, write_node

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, trusted_place)

PAGE = (ROOT / "runtime/man/redpak.yaml.5").read_text(encoding="utf-8")


def section(title):
    """The text of one section of the page."""
    return re.search(rf"^\.S[hs] {title}\n(.*?)^\.S[hs] ", PAGE, re.MULTILINE | re.DOTALL)[1]


def commands(text, macro):
    """The words that follow a macro in the lines that begin with it."""
    lines = re.findall(rf"^\.{macro} (.*)", text, re.MULTILINE)
    return {word for line in lines for word in line.split() if word not in (",", "Cm", "Ar")}


def rows(sources, pattern):
    """What a table of the runtime holds, wherever it stands in these sources."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "runtime/lib").glob(sources))
    found = set(re.findall(pattern, text, re.MULTILINE))
    assert len(found) > 1
    return found


def test_every_key_of_config_is_explained():
    """rednode.md 2: each key of the table has its place in the list, and the list has no other."""
    keys = rows("load/keys.c", r'\[KEY_\w+\]\s*=\s*\{"([\w-]+)"')
    assert commands(section("config"), "It Cm") == keys | {"cgroups", "time_offsets", "capabilities"}


def test_every_cgroup_item_is_named():
    """rednode.md 2"""
    text = section("CONTROL GROUPS")
    for name, key in rows("cgroup/cgroup_item.c", r'^\s*\{"(\w+)", "(\w+)", "[\w.]+", "\w+"'):
        assert re.search(rf"^\.It Cm {name}\n\.Cm [\w ,]*\b{key}\b", text, re.MULTILINE), (name, key)


def test_every_export_mode_is_explained(place):
    """rednode.md 3: redwrap names the modes when it does not know one."""
    done = shell(write_node(place, "headers: {alias: x}\nexports: [{mode: Bogus, mount: /x}]\n"), "true")
    modes = done.stderr.partition("the modes are: ")[2].split()
    assert "Restricted" in modes and set(modes) <= commands(section("EXPORTS"), "It Cm")


def test_the_list_of_the_filter_is_published():
    """rednode.md 5: each call of the list, with its errno and the capabilities that lift it."""
    shown = {(call, errno, frozenset(re.findall(r"CAP_(\w+)", lifted)))
             for names, errno, lifted in re.findall(r"^\.It Cm (.*)\n(E\w+)((?:\n\.Pq .*)?)",
                                                    section("SYSTEM CALL FILTER"), re.MULTILINE)
             for call in names.split(" , ")}
    listed = rows("plan/filter_rules.c", r'RULE\("(\w+)", (?:FILTER_LIST|MOUNTING), (.*?), (E\w+),')
    assert shown == {(call, errno, frozenset(re.findall(r"KEPT\((\w+)\)", lifted)))
                     for call, lifted, errno in listed}


def test_the_example_is_a_node(place, caller):
    """Its status file and configuration start a shell as they stand."""
    config, _, status = re.findall(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed", PAGE, re.M | re.DOTALL)
    node = write_node(place / "tuner", config, status)
    (node / "data").mkdir()
    for path in (node, *node.rglob("*")):
        os.chown(path, *([1000, 1000] if caller else [0, 0]))
    done = shell(node, "hostname; pwd; umask", caller)
    assert (done.returncode, done.stdout, done.stderr) == (0, "tuner\n/data\n0027\n", "")
