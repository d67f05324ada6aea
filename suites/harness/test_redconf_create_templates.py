# SPDX-License-Identifier: Apache-2.0
"""rednode.md 1 and 9: the templates of `redconf create`, how they are named and trusted."""
import os
import shutil
from pathlib import Path

import pytest

from create_runs import (ADMIN, NORMAL, area_of_the_caller, assert_silent, creator, model_of, read,
                         read_admin, small_templates, write)
from redconf_runs import REDCONF, assert_refused, redconf
from redwrap_runs import CALLERS, ROOT, each_caller, run, trusted_place

# pytest finds fixtures by their being here.
FIXTURES = (trusted_place, each_caller, small_templates, area_of_the_caller, creator)


@pytest.mark.parametrize("words, model", [
    (["-m", "leaf"], "leaf"), (["--model", "root"], "root"), (["-f"], "full"), (["--full"], "full"),
    (["-l"], "leaf"), (["--leaf"], "leaf"), (["-r"], "root"), (["--root"], "root")])
def test_9_a_model_names_both_templates(create, area, templates, words, model):
    for name, value in (("leaf", "true"), ("root", "yes"), ("full", "on")):
        write(templates / f"{name}-admin.yaml", ADMIN.replace("false", value if name == model else "false"))
    assert_silent(create(*words, "node"))
    assert model_of(area / "node") == (model, True)


def test_9_without_a_model_a_node_below_another_is_a_leaf_and_else_full(create, area, caller):
    for node in ("top", "top/below", "top/plain/lost"):
        assert_silent(create(node))
    run(*caller, "mkdir", area / "top/there")
    assert_silent(create(area / "top/there"))
    models = {node: model_of(area / node)[0] for node in ("top", "top/below", "top/there", "top/plain/lost")}
    assert models == {"top": "full", "top/below": "leaf", "top/there": "leaf", "top/plain/lost": "full"}


@pytest.mark.parametrize("names", [["x"], ["x.yaml", "x-normal.yaml"], ["x", "x.yaml", "x-normal.yaml"],
                                   ["x-normal.yaml"]])
def test_9_a_name_is_tried_as_it_is_then_with_its_endings(create, area, templates, names):
    """The first of the list is the one that is taken, in both configurations."""
    for name in names:
        for number, file in enumerate({name, name.replace("normal", "admin")}):
            taken = "/taken" if name == names[0] else f"/other{number}"
            write(templates / file, NORMAL.replace("/tmp", taken))
    assert_silent(create("-c", "x", "-C", "x", "node"))
    assert read(area / "node")["config"]["chdir"] == "/taken"
    assert read_admin(area / "node")["config"]["chdir"] == "/taken"


def test_9_config_and_config_adm_choose_one_file_each(create, area, templates):
    write(templates / "x-normal.yaml", NORMAL.replace("/tmp", "/normal"))
    write(templates / "x-admin.yaml", NORMAL.replace("/tmp", "/admin"))
    assert_silent(create("--config", "x", "one"))
    assert_silent(create("--config-adm", "x", "two"))
    assert read(area / "one")["config"] == {"chdir": "/normal"} and "exports" not in read_admin(area / "one")
    assert read(area / "two")["config"] == {"chdir": "/full"}
    assert read_admin(area / "two")["config"] == {"chdir": "/admin"}


def test_9_a_name_with_a_slash_is_a_path_taken_as_it_is(create, area, place):
    path = write(place / "mine", NORMAL.replace("/tmp", "/mine"))
    write(place / "mine.yaml", NORMAL)
    assert_silent(create("-c", path, "-C", "../mine", "node"))
    assert read(area / "node")["config"] == read_admin(area / "node")["config"] == {"chdir": "/mine"}
    path.unlink()
    assert_refused(create("-c", path, "other"), 1, path)
    assert not (area / "other").exists()


@pytest.mark.parametrize("words, named", [
    (["-c", "none"], "none-normal.yaml"), (["-C", "none"], "none-admin.yaml"),
    (["-m", "none"], "none-normal.yaml"), (["-t", "none"], "none"), (["-c", "/nowhere/x"], "/nowhere"),
    (["-c", ""], "-normal.yaml"), (["-c", "./"], "./"), (["-c", "."], "-normal.yaml"),
    (["-c", "/"], "/"), (["-c", ".."], "...yaml")])
def test_9_a_template_that_is_not_there_is_refused_and_nothing_made(create, area, words, named):
    assert_refused(create(*words, "deep/node"), 1, named)
    assert not list(area.iterdir())


@pytest.mark.parametrize("kind", ["normal", "admin"])
def test_9_a_template_is_checked(create, area, templates, kind):
    write(templates / f"full-{kind}.yaml", "headers: {alias: t}\nconfig: {bogus: 1}\n")
    assert_refused(create("node"), 1, f"full-{kind}.yaml:2:10: ", "bogus")
    assert not list(area.iterdir())


def test_9_the_files_are_checked_alone_not_merged(create, area, templates, caller):
    """What merging refuses is made: a capability that the node above forbids."""
    for model, rule in (("full", "cap: ALL, add: 0"), ("leaf", "cap: NET_RAW, add: 1")):
        write(templates / f"{model}-normal.yaml",
              f"headers: {{alias: t}}\nconfig: {{capabilities: [{{{rule}}}]}}\n")
    assert_silent(create("top"))
    assert_silent(create("top/leaf"))
    assert_refused(redconf("mergeconfig", area / "top/leaf", caller=caller), 1, "capability")


def test_9_a_template_that_grows_beyond_a_file_is_refused(create, area, templates):
    """Aliases are written out."""
    text = "x" * 20000
    exports = "\n".join(f"- {{mode: Anonymous, mount: /{i}, info: *a}}" for i in range(60))
    write(templates / "big.yaml",
          f"headers: {{alias: t, info: &a {text}}}\nexports:\n{exports}\nconfig: {{}}\n")
    assert_refused(create("-c", "big", "node"), 1, "redpak.yaml")
    assert not list(area.iterdir())


def test_1_the_variable_names_the_template_directory(area, caller, templates):
    environment = {**os.environ, "REDNODE_TEMPLATE_DIR": str(templates)}
    assert_silent(redconf("create", area / "node", caller=caller, env=environment))
    assert model_of(area / "node")[0] == "full"


@pytest.mark.parametrize("environment", [{}, {"REDNODE_TEMPLATE_DIR": ""}], ids=["unset", "empty"])
def test_1_without_the_variable_it_is_that_of_the_installation(area, caller, environment):
    prefix = (ROOT / "build/prefix").read_text(encoding="utf-8").strip()
    installed = Path(prefix, "share/redpak/templates.d")
    done = redconf("create", area / "node", caller=caller, env={"PATH": os.environ["PATH"], **environment})
    if installed.exists():
        assert_silent(done)
    else:
        assert_refused(done, 1, installed, "--templates")


def test_1_the_variable_is_ignored_with_more_privilege_than_the_caller(place, templates):
    """AT_SECURE: a set-user-id copy. The copy without the bit is the control."""
    copy = Path(shutil.copy(REDCONF, place / "redconf"))
    environment = {**os.environ, "REDNODE_TEMPLATE_DIR": str(templates / "none")}
    for mode, ignored in ((0o755, False), (0o4755, True)):
        copy.chmod(mode)
        done = run(*CALLERS["user"], copy, "create", "/node/of/nobody", env=environment)
        assert done.returncode == 1 and (f"{templates}/none" not in done.stderr) == ignored


# Trust

@pytest.mark.parametrize("way", ["option", "variable", "path"])
@pytest.mark.parametrize("bad", ["directory", "file"])
def test_1_a_template_that_others_can_write_to_is_refused(create, area, templates, caller, way, bad):
    """The trust rule; before the mode is changed it is taken."""
    words = {"option": [], "variable": [], "path": ["-c", templates / "full-normal.yaml"]}[way]
    environment = {**os.environ, "REDNODE_TEMPLATE_DIR": str(templates)}

    def call(node):
        if way == "variable":
            return redconf("create", area / node, caller=caller, env=environment)
        return create(*words, node)

    assert call("good").returncode == 0
    (templates if bad == "directory" else templates / "full-normal.yaml").chmod(0o777)
    assert_refused(call("bad"), 1, templates)
    assert not (area / "bad").exists()


def test_w6_no_node_is_made_below_a_directory_that_others_can_write_to(create, area):
    assert_silent(create("good"))
    area.chmod(0o777)
    assert_refused(create("bad"), 1, area)
    assert not (area / "bad").exists()
