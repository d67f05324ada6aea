# SPDX-License-Identifier: Apache-2.0
"""rednode.md 9, `redconf create`: rights of its files (W18), what fails leaves nothing, races."""
import stat
import subprocess

import pytest

from create_runs import (ADMIN, area_of_the_caller, assert_silent, creator, entries, small_templates, write)
from redconf_runs import REDCONF, assert_refused, output, redconf
from redwrap_runs import CALLERS, each_caller, run, trusted_place

# pytest finds fixtures by their being here.
FIXTURES = (trusted_place, each_caller, small_templates, area_of_the_caller, creator)


@pytest.mark.parametrize("umask", [0, 0o002, 0o022, 0o027, 0o077])
def test_w18_files_are_0640_or_tighter_whatever_the_umask(create, area, umask):
    """Directories are writable by the owner alone, so that the node passes the trust rule."""
    assert_silent(create("above/node", umask=umask))
    for path in (area / "above").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o755 if path.is_dir() else 0o640) & ~umask
    assert_silent(create("-u", "above/node", umask=umask))
    assert stat.S_IMODE((area / "above/node/etc/redpak.yaml").stat().st_mode) == 0o640 & ~umask


@pytest.mark.parametrize("name", ["etc/redpak.yaml", "etc/redpak-admin.yaml", ".rednode.yaml"])
def test_9_what_is_in_the_way_is_not_overwritten_and_nothing_else_stays(create, area, caller, name):
    """A directory, so that it is no node; each file that came before it is taken back."""
    run(*caller, "mkdir", "-p", area / "node" / name)
    before = entries(area)
    assert_refused(create("node"), 1, f"node/{name}")
    assert entries(area) == before


def test_9_a_configuration_without_a_status_is_not_overwritten(create, area, caller):
    run(*caller, "mkdir", "-p", area / "node/etc")
    run(*caller, "cp", "/etc/hostname", area / "node/etc/redpak.yaml")
    before = entries(area)
    assert_refused(create("node"), 1, "node/etc/redpak.yaml")
    assert_refused(create("-u", "node"), 1, "node/etc/redpak.yaml")
    assert entries(area) == before


@pytest.mark.parametrize("limit", [0, 100, 4000])
def test_9_a_write_that_fails_leaves_nothing(templates, area, caller, limit):
    """A limit on the size of files, above the first file and below the second; 8192 is the control."""
    exports = f"exports: [{{mode: Anonymous, mount: /x, info: {'x' * 5000}}}]\n"
    write(templates / "full-admin.yaml", ADMIN + exports)

    def limited(most):
        return run(*caller, "prlimit", f"--fsize={most}", REDCONF, "create", "-t", templates, area / "a/b")

    assert_refused(limited(limit), 1, "cannot write", area / "a/b")
    assert not list(area.iterdir())
    assert_silent(limited(8192))


def test_9_of_many_at_once_one_makes_the_node(area, templates, caller):
    with_templates = [*caller, REDCONF, "create", "-t", templates, area / "node"]
    running = [subprocess.Popen([str(word) for word in with_templates], stderr=subprocess.PIPE, text=True)
               for _ in range(6)]
    errors = [process.communicate()[1] for process in running]
    assert sorted(process.returncode for process in running) == [0, 1, 1, 1, 1, 1], errors
    assert sorted(path.name for path in area.rglob("*")) == [
        ".rednode.yaml", "etc", "node", "redpak-admin.yaml", "redpak.yaml"]
    assert output("tree", area, caller=caller) == "node  (node)\n"


@pytest.mark.parametrize("there, words", [
    ([], ["cannot make the directory", "b in", "Permission denied"]),
    (["b"], ["cannot make the directory", "etc in", "Permission denied"]),
    (["b/etc"], ["cannot write", "b/etc/redpak.yaml", "Permission denied"])])
def test_9_where_the_caller_may_not_write_nothing_is_made(place, templates, there, words):
    """A directory of root's, which a user trusts; root itself is the control."""
    area = place / "of-root"
    for directory in ("", *there):
        (area / directory).mkdir(parents=True, exist_ok=True)
    before = entries(area)
    command = ("create", "-t", templates, area / "b")
    assert_refused(redconf(*command, caller=CALLERS["user"]), 1, *words)
    assert entries(area) == before
    assert_silent(redconf(*command))
