# SPDX-License-Identifier: Apache-2.0
"""What the tests of `redconf create` share: small templates, a place of the caller's, what was made."""
import os

import pytest
import yaml

from redconf_runs import redconf
from redwrap_runs import CALLERS

NORMAL = """\
headers: {alias: t, info: template}
exports: [{mode: Tmpfs, mount: /tmp}]
config: {chdir: /tmp}
"""
ADMIN = "headers: {alias: t}\nconfig: {inherit-env: false}\n"


def write(path, text):
    """A file that every caller can read."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


@pytest.fixture(name="templates")
def small_templates(place):
    """A template directory with the three models, small, and one template of each way of naming it."""
    directory = place / "templates"
    directory.mkdir(mode=0o755)
    for model in ("full", "leaf", "root"):
        write(directory / f"{model}-normal.yaml", NORMAL.replace("/tmp", f"/{model}"))
        write(directory / f"{model}-admin.yaml", ADMIN.replace("alias", f"info: {model}, alias"))
    return directory


@pytest.fixture(name="area")
def area_of_the_caller(place, caller):
    """An empty directory of the caller's own."""
    directory = place / "area"
    directory.mkdir(mode=0o755)
    owner = 0 if caller == CALLERS["root"] else 1000
    os.chown(directory, owner, owner)
    return directory


@pytest.fixture(name="create")
def creator(templates, caller, area):
    """Runs `redconf create` with these templates as the caller, in the caller's directory."""
    def call(*words, **options):
        return redconf("create", "-t", templates, *words, caller=caller, **{"cwd": area, **options})
    return call


def assert_silent(done):
    """Assert success, with nothing printed."""
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done.stderr


def read(node, name="etc/redpak.yaml"):
    """A file of a node as another reader understands it; `status` is the status file."""
    return yaml.safe_load((node / name).read_text(encoding="utf-8"))


def read_admin(node):
    """The admin configuration of a node."""
    return read(node, "etc/redpak-admin.yaml")


def model_of(node):
    """The models that the two configurations of a node were made from."""
    normal = read(node)["exports"][0]["mount"].strip("/")
    return normal, read_admin(node)["config"]["inherit-env"]


def entries(directory):
    """Every entry below a directory with its identity and content."""
    return {path: (path.lstat().st_ino, path.read_bytes() if path.is_file() else None)
            for path in directory.rglob("*")}
