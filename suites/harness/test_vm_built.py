# SPDX-License-Identifier: Apache-2.0
"""Kernels that are built: from an archive's sources by way of fragments into the cache.

The sources are made ones, whose rules take a moment; they know the targets that are asked for, and an
option that cannot be had.
"""
import io
import subprocess
import tarfile

import pytest
from made_machines import HANGS, Trusting, archive, kernel_image
from machines import built, kernels, paths, sources
from machines.cache import Cache
from machines.errors import MachineError

MAKEFILE = """\
.RECIPEPREFIX = >
tinyconfig:
>printf 'CONFIG_MADE=y\\nCONFIG_MODULES=y\\n# CONFIG_OTHER is not set\\n' > $(O)/.config
olddefconfig:
>sed -i '/CONFIG_NEVER/d; /^# SPDX/d' $(O)/.config
syncconfig:
>echo "$(CC) $(KBUILD_BUILD_HOST)" > $(O)/synced
bzImage:
>test -z '$(findstring broken,$(LOCALVERSION))' || { echo 'error: made to fail' >&2; exit 1; }
>mkdir -p $(O)/arch/x86/boot
>cp image $(O)/arch/x86/boot/bzImage
>printf '%s' "$(LOCALVERSION)" | dd of=$(O)/arch/x86/boot/bzImage bs=1 seek=1285 conv=notrunc status=none
>printf 'kernel/made.ko\\n' > modules.builtin
>echo built >> $(O)/built
modules:
modules_install:
>mkdir -p $(INSTALL_MOD_PATH)/lib/modules/9.9.9$(LOCALVERSION)
>cp modules.builtin $(INSTALL_MOD_PATH)/lib/modules/9.9.9$(LOCALVERSION)
>touch $(INSTALL_MOD_PATH)/lib/modules/9.9.9$(LOCALVERSION)/modules.order
"""

LIST = """\
source: linux-source-9.9
suites: [bookworm-security]
kernels:
  - id: base
  - id: no-other
    differs: []
"""


def source_package(version, image, makefile=MAKEFILE):
    """Return (package, version, content) of sources, for made_machines.archive."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as tar:
        for name, content in (("Makefile", makefile.encode()), ("image", image)):
            info = tarfile.TarInfo(f"linux-source-9.9/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return "linux-source-9.9", version, {"usr/src/linux-source-9.9.tar.xz": data.getvalue()}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A cache, an archive with sources, and a folder of fragments that the tests may change."""
    image = kernel_image(tmp_path / "image", HANGS, "9.9.9").read_bytes()
    uri = archive(tmp_path / "archive", {"bookworm-security": [source_package("9.9.9-1", image)]})
    monkeypatch.setattr(sources, "mirror", lambda: Trusting(uri, uri))
    fragments = tmp_path / "fragments"
    fragments.mkdir()
    (fragments / "kernels.yaml").write_text(LIST)
    (fragments / "base.config").write_text("# Everything.\nCONFIG_OTHER=y\nCONFIG_TEXT=\"a\"\n")
    (fragments / "no-other.config").write_text("# CONFIG_OTHER is not set\n")
    monkeypatch.setattr(paths, "FRAGMENTS", fragments)
    return tmp_path


def build(place, name="no-other"):
    """Return the Image of a kernel, closed."""
    with kernels.Store(Cache(place / "cache"), lambda line: None).image(built.catalogue()[name]) as image:
        return image


def builds(place):
    """Return how often something was compiled."""
    return sum(len(path.read_text().split()) for path in (place / "cache").glob("build/*/objects/built"))


def test_a_kernel_is_built_once_and_comes_with_its_configuration_and_modules(place):
    image = build(place)
    assert (image.release, image.package, image.version) == ("9.9.9-no-other", "linux-source-9.9", "9.9.9-1")
    with open(image.parts["config"].name, encoding="ascii") as file:
        assert "# CONFIG_OTHER is not set" in file.read().splitlines()
    assert "modules" in image.parts and not image.every_item
    assert build(place).digest == image.digest and builds(place) == 1
    synced, = (place / "cache").glob("build/*/objects/synced")
    assert synced.read_text() == "ccache gcc redproof\n"


def test_another_fragment_is_another_kernel_and_the_old_one_goes(place):
    build(place, "base")
    build(place)
    (paths.FRAGMENTS / "no-other.config").write_text("# CONFIG_OTHER is not set\n# CONFIG_TEXT is not set\n")
    build(place)
    assert builds(place) == 3
    records = [path.name[:-22] for path in (place / "cache" / "records").glob("built-*")]
    assert sorted(records) == ["built-base", "built-no-other"]
    (paths.FRAGMENTS / "base.config").write_text("CONFIG_OTHER=y\n")
    build(place)
    assert builds(place) == 4


@pytest.mark.parametrize("fragment, message", [
    ("CONFIG_NEVER=y\n", "cannot configure no-other: CONFIG_NEVER is not set instead of y"),
    ("# CONFIG_MADE is not set\nCONFIG_MADE=y\nCONFIG_NEVER=4\n", "CONFIG_NEVER is not set instead of 4"),
], ids=["boolean", "number"])
def test_an_option_that_cannot_be_had_is_an_error(place, fragment, message):
    (paths.FRAGMENTS / "no-other.config").write_text(fragment)
    with pytest.raises(MachineError, match=message):
        build(place)
    assert builds(place) == 0


@pytest.mark.parametrize("configuration, expected", [
    ("CONFIG_A=y\n", []), ("CONFIG_A=m\n", [("CONFIG_A", "y", "m")]), ("", [("CONFIG_A", "y", "")]),
    ("# CONFIG_A is not set\n", [("CONFIG_A", "y", "")]),
    ("CONFIG_A=y\nCONFIG_B=y\n", [("CONFIG_B", "", "y")]),
])
def test_what_a_configuration_lacks(configuration, expected):
    fragments = ["# CONFIG_B said so\nCONFIG_A=n\nCONFIG_B=y\n", "CONFIG_A=y\n# CONFIG_B is not set\n"]
    assert built.missing(fragments, configuration) == expected


def test_a_build_that_fails_is_one_line_and_leaves_nothing(place):
    (paths.FRAGMENTS / "kernels.yaml").write_text(LIST.replace("no-other", "broken"))
    (paths.FRAGMENTS / "broken.config").write_text("")
    with pytest.raises(MachineError, match="build broken: error: made to fail; its tree is") as failure:
        build(place, "broken")
    assert "\n" not in str(failure.value)
    assert [path.name for path in (place / "cache" / "records").iterdir()] == ["linux-source-9.9.json"]


def test_newer_sources_are_taken_when_asked_for(place, monkeypatch):
    build(place)
    image = kernel_image(place / "image", HANGS, "9.9.9").read_bytes()
    newer = source_package("9.9.10-1", image, MAKEFILE + "#\n")
    uri = archive(place / "newer", {"bookworm-security": [newer]})
    monkeypatch.setattr(sources, "mirror", lambda: Trusting(uri, uri))
    assert build(place).version == "9.9.9-1"
    built.catalogue()["no-other"].prepare(Cache(place / "cache"), lambda line: None, refresh=True)
    assert build(place).version == "9.9.10-1"
    assert len(list((place / "cache" / "build").iterdir())) == 1


def test_every_fragment_takes_away_what_the_base_has():
    assert paths.FRAGMENTS.name == "kernels"
    listed = set(built.catalogue())
    assert listed == {path.stem for path in paths.FRAGMENTS.glob("*.config")} and "base" in listed
    base = dict(built.OPTION.findall((paths.FRAGMENTS / "base.config").read_text()))
    for name in listed - {"base"}:
        fragment = dict(built.OPTION.findall((paths.FRAGMENTS / f"{name}.config").read_text()))
        taken = [option for option in fragment if fragment[option] == ""]
        assert taken and all(base.get(option) == "y" for option in taken), name


def test_the_compiler_is_asked_for_its_version():
    done = subprocess.run(["gcc", "--version"], check=True, capture_output=True, text=True)
    assert built.toolchain()[0] == done.stdout.splitlines()[0]
