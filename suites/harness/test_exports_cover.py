# SPDX-License-Identifier: Apache-2.0
"""What a writable export must not open: the node's own configuration (W16), the host's proc (W12).

rednode.md 3 and 10 (cover).
"""
import os

import pytest

from exports_runs import export, owned_node, owner, shared_directory, with_exports
from redwrap_runs import assert_error, each_caller, shell, trusted_place, write_node

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, shared_directory, trusted_place)

# Each tries one way to other files in the place of the node's; %s is the directory of the node.
ATTACKS = {
    "write": "echo x >>%s/etc/redpak.yaml",
    "status": "echo x >>%s/.rednode.yaml",
    "add": "echo x >%s/etc/redpak-admin.yaml",
    "remove": "rm -f %s/etc/redpak.yaml",
    "status removed": "rm -f %s/.rednode.yaml",
    "status replaced": "echo x >/tmp/new; mv /tmp/new %s/.rednode.yaml",
    "directory renamed": "mv %s/etc %s/other",
    "node renamed": "mv %s %s-other",
}


def chain(place, caller, *exports):
    """Make a parent node and a child in a directory of the child's, both the caller's. Returns both."""
    parent = owned_node(place, caller)
    child = write_node(parent / "child", with_exports(*exports))
    for path in (child, *child.rglob("*")):
        os.chown(path, owner(caller), owner(caller))
    return parent, child


def contents(node):
    """Return what the files of a node hold."""
    return {str(path.relative_to(node)): path.read_text(encoding="utf-8")
            for path in (node / ".rednode.yaml", *(node / "etc").iterdir())}


def attack(script, *places):
    """Return the script with each of these directories put in, one after the other."""
    return "; ".join(script.replace("%s", str(place)) for place in places)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("what", ["node", "above", "far above", "linked"])
def test_w16_the_chains_files_are_read_only(place, caller, name, what):
    """In whatever writable export they lie: that of the node, of a directory above, through a link."""
    above = {"node": place / "own/child", "above": place / "own", "far above": place,
             "linked": place / "link"}
    parent, child = chain(place, caller, export("Public", "/seen", above[what]))
    (place / "link").symlink_to("own")
    below = {"node": "", "above": "/child", "far above": "/own/child", "linked": "/child"}
    places = ["/seen" + below[what]] + (["/seen" + below[what][:-len("/child")]] if what != "node" else [])
    if name == "node renamed" and what != "far above":
        # A mount point of the node itself.
        places = places[:1]
    before = [contents(parent), contents(child)]
    done = shell(child, attack(ATTACKS[name], *places) + f"; touch {places[0]}/still", caller)
    assert [contents(parent), contents(child)] == before
    assert (child / "still").exists(), "what does not matter can be written"
    assert done.stderr.count("redwrap: warning: ") == 1
    assert f"{child}/etc/redpak.yaml:11:3" in done.stderr and "/seen" in done.stderr


@pytest.mark.parametrize("name", ["write", "add", "remove"])
def test_w16_the_directory_of_the_configuration_alone(place, caller, name):
    _, child = chain(place, caller, export("Public", "/seen/etc", "$NODE_PATH/etc"))
    before = contents(child)
    done = shell(child, attack(ATTACKS[name], "/seen"), caller)
    assert contents(child) == before and done.stderr.count("warning") == 1


@pytest.mark.parametrize("file", ["etc/redpak.yaml", ".rednode.yaml"])
@pytest.mark.parametrize("mode", ["PublicFile", "Private"])
def test_w16_a_file_of_the_node_alone(place, caller, file, mode):
    _, child = chain(place, caller, export(mode, "/seen", "$NODE_PATH/" + file))
    before = contents(child)
    done = shell(child, "echo x >>/seen", caller)
    assert contents(child) == before and done.stderr.count("warning") == 1


def test_w16_links_in_the_node_cover_it_as_a_whole(place, caller):
    """Nothing can be mounted on a link: nobody replaces it."""
    _, child = chain(place, caller, export("Public", "/seen", "$NODE_PATH"))
    (child / "etc").rename(child / "real")
    (child / "etc").symlink_to("real")
    done = shell(child, "rm /seen/etc; echo x >>/seen/real/redpak.yaml; touch /seen/new", caller)
    assert (child / "etc").is_symlink() and not (child / "new").exists()
    assert done.stderr.count("warning") == 1


@pytest.mark.parametrize("file", [".rednode.yaml", "etc", "etc/redpak.yaml"])
def test_w16_what_a_link_of_the_node_leads_to_is_covered(place, shared, caller, file):
    """The export holds not the node, but what is read in its place; it cannot be moved away either."""
    _, child = chain(place, caller, export("Public", "/seen", shared))
    shared.chmod(0o755)
    real = shared / "kept/real"
    real.parent.mkdir()
    (child / file).rename(real)
    (child / file).symlink_to(real)
    for path in (shared, *shared.rglob("*"), child / file):
        os.chown(path, owner(caller), owner(caller), follow_symlinks=False)
    before = contents(child)
    done = shell(child, "for f in /seen/kept/real /seen/kept/real/redpak.yaml; do echo x >>$f; done; "
                        "mv /seen/kept/real /seen/real; mv /seen/kept /seen/moved; echo x >/seen/new", caller)
    assert contents(child) == before
    assert (shared / "new").exists() and done.stderr.count("warning") == 1


def test_an_export_beside_the_configuration_is_not_covered(place, caller):
    """The control: no warning, and all can be written."""
    _, child = chain(place, caller, export("Public", "/seen", "$NODE_PATH/data"),
                     export("Restricted", "/all", "$NODE_PATH"))
    done = shell(child, "mkdir /seen/etc && echo x >/seen/etc/redpak.yaml && mv /seen/etc /seen/other",
                 caller)
    assert (done.returncode, done.stderr) == (0, "")
    assert (child / "data/other/redpak.yaml").exists()


def test_w16_nodes_with_shared_namespaces_are_covered_too(place, caller):
    """Where the user namespace is shared the mounts are not locked, but there they are."""
    parent = owned_node(place, caller, export("Public", "/seen", "$NODE_PATH"), share_user="Enabled")
    before = contents(parent)
    shell(parent, attack("; ".join(ATTACKS[name] for name in ("write", "add", "status replaced")), "/seen"),
          caller)
    assert contents(parent) == before


SHARED = {"share_user": "Enabled", "share_pid": "Enabled"}


@pytest.mark.parametrize("entry", [export("Restricted", "/p", "/proc"), export("Public", "/p", "/proc"),
                                   export("Restricted", "/all", "/")])
def test_w12_root_meets_no_proc_of_the_host(place, entry):
    """Wherever it came from: with a new PID or user namespace the same node starts."""
    def start(**settings):
        node = write_node(place / "node", with_exports(entry, **settings).replace(
            "- {mode: Procfs, mount: /proc}\n", ""))
        return shell(node, "echo started")

    assert_error(start(**SHARED), 125, "redpak.yaml:10:3", "proc", "share_pid", "share_user")
    for key in SHARED:
        assert start(**{**SHARED, key: "Disabled"}).stdout == "started\n"


@pytest.mark.parametrize("entry, proc", [(export("Public", "/p", "/proc"), "/p"),
                                         (export("Public", "/all", "/"), "/all/proc")])
def test_w12_the_proc_of_the_host_is_read_only(place, caller, entry, proc):
    """Root without a capability could name a program in core_pattern, which the host runs; core(5)."""
    done = shell(owned_node(place, caller, entry), f"for proc in {proc} /proc; do grep -c \" $proc r[ow],\" "
                 f"/proc/self/mountinfo; grep \" $proc r[ow],\" /proc/self/mountinfo | cut -d' ' -f6; done; "
                 f"test -w {proc}/sys/kernel/core_pattern", caller)
    assert done.returncode == 1
    assert [word.split(",")[0] for word in done.stdout.split()] == ["1", "ro", "1", "rw"]


def test_w12_procfs_itself(place, caller):
    """Refused for root; for an ordinary user, who has a user namespace anyway, it cannot be written."""
    node = owned_node(place, caller, **SHARED)
    done = shell(node, "grep -c ' /proc ro,' /proc/self/mountinfo", caller)
    if owner(caller) == 0:
        assert_error(done, 125, "redpak.yaml:7:3", "Procfs")
    else:
        assert done.stdout == "1\n"
