# SPDX-License-Identifier: Apache-2.0
"""The six templates: each chain that they are meant for runs a shell as they stand (rednode.md 1)."""
import os

import pytest

from redwrap_runs import CALLERS, REDWRAP, ROOT, USER, assert_error, run, trusted_place, write_node

# pytest finds fixtures by their being here.
FIXTURES = (trusted_place,)

TEMPLATES = ROOT / "runtime/templates.d"
# The models of the nodes of a chain, the topmost first; the last is run.
CHAINS = {"full": ["full"], "root": ["root"], "root and leaf": ["root", "leaf"],
          "full and leaf": ["full", "leaf"]}
ADMIN = {"normal": (), "admin": ("--admin",)}


def chain(place, models, caller):
    """Nodes in each other, made of these templates and the caller's own; returns the leaf."""
    node = place
    for depth, model in enumerate(models):
        node = node / f"node{depth}"
        normal, admin = ((TEMPLATES / f"{model}-{kind}.yaml").read_text(encoding="utf-8")
                         .replace("alias: template", f"alias: {model}") for kind in ("normal", "admin"))
        write_node(node, normal)
        (node / "etc/redpak-admin.yaml").write_text(admin, encoding="utf-8")
        (node / "etc/redpak-admin.yaml").chmod(0o640)
    owner = 1000 if caller == USER else 0
    for path in (place, *place.rglob("*")):
        os.chown(path, owner, owner)
    return node


def shell(node, script, caller, *options, **environment):
    return run(*caller, REDWRAP, "-r", node, *options, "--", "sh", "-c", script, cwd="/",
               env={**os.environ, **environment})


@pytest.mark.parametrize("kind", ADMIN)
@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_of_templates_runs_a_shell(place, name, caller, kind):
    """Hostname, directory, umask, variables and rights are those of the template."""
    caller, models = CALLERS[caller], CHAINS[name]
    node = chain(place, models, caller)
    script = "hostname; pwd; echo $HOME $TERM; umask; touch /usr/x; ls /; grep -o ^root: /etc/passwd"
    done = shell(node, script, caller, *ADMIN[kind], TERM="vt100", SECRET="x")
    alias = models[-1]
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:4] == [alias, f"/home/{alias}", f"/home/{alias} vt100", "0027"]
    assert "Read-only file system" in done.stderr
    assert {"root:", "usr", "bin", "lib", "proc", "dev", "tmp", "home", "run", "etc"} <= set(lines)
    assert not {"sys", "boot", "root", "var"} & set(lines[4:])


@pytest.mark.parametrize("caller", CALLERS)
def test_data_of_an_application_stays_and_is_its_own(place, caller):
    """What it writes to its home is in the node; a node below does not see it, but sees its software."""
    caller = CALLERS[caller]
    leaf = chain(place, ["full", "leaf"], caller)
    full = leaf.parent
    assert shell(full, "echo kept > data; ls /opt/full", caller).returncode == 0
    assert (full / "home/data").read_text(encoding="utf-8") == "kept\n"
    assert shell(full, "cat data", caller).stdout == "kept\n"
    done = shell(leaf, "ls -d /opt/full /opt/leaf /home/*", caller)
    assert done.stdout.split() == ["/home/leaf", "/opt/full", "/opt/leaf"]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", CHAINS)
def test_the_admin_template_takes_back_what_a_normal_configuration_opens(place, name, caller):
    """The control: without --admin the node has the network of the host, and a capability."""
    caller = CALLERS[caller]
    node = chain(place, CHAINS[name], caller)
    with (node / "etc/redpak.yaml").open("a", encoding="utf-8") as file:
        file.write("  share_net: Enabled\n  capabilities: [{cap: NET_RAW, add: 1}]\n")
    script = "readlink /proc/self/ns/net; grep CapBnd /proc/self/status"
    opened, closed = (shell(node, script, caller, *options).stdout.split() for options in ADMIN.values())
    assert opened == [os.readlink("/proc/self/ns/net"), "CapBnd:", f"{1 << 13:016x}"]
    assert closed[0] != opened[0] and closed[1:] == ["CapBnd:", "0" * 16]


@pytest.mark.parametrize("name", CHAINS)
def test_check_finds_no_error(place, name):
    """What it warns of is what a terminal needs; the control is an error."""
    node = chain(place, CHAINS[name], ())
    done = run(ROOT / "build/bin/redconf", "check", node)
    assert done.returncode == 3 and "TERM" in done.stdout + done.stderr
    (node / "etc/redpak.yaml").chmod(0o666)
    assert run(ROOT / "build/bin/redconf", "check", node).returncode == 1


def test_templates_are_read_strictly(place):
    """The control: a key that does not exist is refused in a copy of each normal template."""
    for model in ("full", "root", "leaf"):
        node = chain(place / model, [model], ())
        path = node / "etc/redpak.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "  nonsense: 1\n", encoding="utf-8")
        assert_error(shell(node, "true", ()), 125, path, "nonsense")
