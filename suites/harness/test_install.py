# SPDX-License-Identifier: Apache-2.0
"""`make install`: what it copies where, and that pkg-config says all that building against it takes."""
import os
import re
import subprocess
from pathlib import Path

import pytest

from redwrap_runs import ROOT, run

PREFIX = "usr/local"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
# The program's own `fail` and `pool_create` are names that the library uses inside.
PROGRAM = r"""
#include <redpak.h>
#include <stdio.h>

int fail(void);
int fail(void) { return 3; }
int pool_create(void);
int pool_create(void) { return 4; }

int main(int argc, char **argv)
{
    char *const words[] = {"true", NULL};
    const struct redpak_request request = {.redpath = argv[1], .argv = words};
    struct redpak_plan *plan = NULL;
    struct redpak_error error;
    int result = redpak_plan(&request, &plan, &error);

    if (result < 0)
        printf("%d %s\n", error.status, error.text);
    redpak_plan_free(plan);
    return argc == 2 && result == 0 ? 0 : fail();
}
"""
PROBE = r"""
#include <redprobe.h>
#include <redprobe-ids.h>
#include <stdio.h>

int main(void)
{
    const struct redprobe_feature *feature = redprobe_find(REDPROBE_NAMESPACE_UTS, NULL);
    struct redprobe *probe;

    if (redprobe_open(&probe, NULL) < 0)
        return 2;
    puts(redprobe_status_name(redprobe_ask(probe, feature)->status));
    redprobe_close(probe);
    return 0;
}
"""
LIBRARIES = {"redpak": "build/lib/libredpak.a", "redprobe": "build/lib/libredprobe.a"}
EXTERNAL = ("-lyaml", "-lcap", "-lmd", "-lz")


def make(*words):
    """Run make apart from the make that runs the tests."""
    subprocess.run(["make", "-s", "-C", ROOT, *words], check=True, env=ENVIRONMENT, timeout=600)


@pytest.fixture(name="tree", scope="module")
def installed_tree(tmp_path_factory):
    """What `make install` makes of an empty directory."""
    tree = tmp_path_factory.mktemp("installed")
    make("install", f"DESTDIR={tree}")
    return tree


def pkg_config(tree, *words, library="redpak"):
    where = {"PKG_CONFIG_LIBDIR": str(tree / PREFIX / "lib/pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(tree)}
    done = run("pkg-config", *words, library, env={**os.environ, **where})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def compiled(source, output, *words):
    """Compile and link one source statically; returns the finished run of the compiler."""
    return run("gcc", "-static", "-o", output, source, *words)


@pytest.fixture(name="source")
def program_source(tmp_path):
    source = tmp_path / "program.c"
    source.write_text(PROGRAM, encoding="utf-8")
    return source


def test_each_file_has_its_place(tree):
    found = {str(path.relative_to(tree / PREFIX)): path.stat().st_mode & 0o777
             for path in tree.rglob("*") if path.is_file()}
    templates = (f"{part}-{kind}.yaml" for part in ("full", "root", "leaf") for kind in ("normal", "admin"))
    plain = ["lib/libredpak.a", "lib/libredprobe.a", "lib/pkgconfig/redpak.pc", "include/redpak.h",
             "include/redprobe.h", "include/redprobe-ids.h", "lib/pkgconfig/redprobe.pc",
             "share/man/man1/redprobe.1", "share/man/man1/redwrap.1", "share/man/man1/redconf.1",
             "share/man/man5/redpak.yaml.5", *(f"share/redpak/templates.d/{name}" for name in templates),
             "share/redproof/redproof.probe-1.schema.json",
             *(f"share/redproof/profiles/{path.name}" for path in (ROOT / "probes/profiles").iterdir()),
             *(f"share/bash-completion/completions/{name}" for name in ("redwrap", "redconf", "redprobe"))]
    assert set(plain) <= set(found)
    assert {found[name] for name in plain} == {0o644}
    rest = set(found) - set(plain)
    assert rest >= {"bin/redwrap", "bin/redprobe"}
    assert {(Path(name).parts[0], found[name]) for name in rest} == {("bin", 0o755)}


def test_a_program_builds_with_what_pkg_config_says(tree, source, tmp_path):
    """It gets a proper error for what is no node, and a plan for what is one."""
    done = compiled(source, tmp_path / "program", *pkg_config(tree, "--cflags", "--libs"))
    assert (done.returncode, done.stderr) == (0, "")
    done = run(tmp_path / "program", tmp_path / "none")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("125 ") and done.stdout.count("\n") == 1
    assert f"{tmp_path}/none" in done.stdout and "No such file or directory" in done.stdout


def test_pkg_config_gives_the_libraries_that_the_archive_needs(tree, source, tmp_path):
    """Without them it does not link: there is no shared library that would name them."""
    words = [word for word in pkg_config(tree, "--cflags", "--libs") if not re.match("-l(?!redpak)", word)]
    done = compiled(source, tmp_path / "program", *words)
    assert done.returncode != 0 and "undefined reference" in done.stderr
    version, = pkg_config(tree, "--modversion")
    assert f"VERSION := {version}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_a_program_asks_the_kernel_by_the_installed_library(tree, tmp_path):
    """In C or C++; the ids are names; no libkmod is needed, and what only that knows is unknown."""
    source = tmp_path / "probe.c"
    source.write_text(PROBE, encoding="utf-8")
    words = pkg_config(tree, "--cflags", "--libs", library="redprobe")
    assert not any("kmod" in word for word in words)
    done = compiled(source, tmp_path / "probe", *words)
    assert (done.returncode, done.stderr) == (0, "")
    done = run(tmp_path / "probe")
    assert (done.returncode, done.stdout, done.stderr) == (0, "supported\n", "")
    source.write_text(PROBE.replace("NAMESPACE_UTS", "NAMESPACE_BOGUS"), encoding="utf-8")
    assert "REDPROBE_NAMESPACE_BOGUS" in compiled(source, tmp_path / "probe", *words).stderr
    source.write_text(PROBE, encoding="utf-8")
    done = run("clang", "-x", "c++", "-c", "-o", tmp_path / "probe.o", source, *words[:1])
    assert (done.returncode, done.stderr) == (0, "")
    done = compiled(tmp_path / "probe.o", tmp_path / "probe", *words)
    assert (done.returncode, done.stderr) == (0, "")
    version, = pkg_config(tree, "--modversion", library="redprobe")
    assert f'#define REDPROBE_VERSION "{version}"' in (tree / PREFIX / "include/redprobe.h").read_text()


@pytest.mark.parametrize("name", LIBRARIES)
def test_an_installed_library_has_names_of_its_own_only(tree, name):
    """Unlike the one that the unit tests look into."""
    def names(archive):
        lines = run("nm", "--extern-only", "--defined-only", archive).stdout.splitlines()
        return {line.split()[-1] for line in lines if len(line.split()) == 3}

    here, full = names(tree / PREFIX / f"lib/lib{name}.a"), names(ROOT / LIBRARIES[name])
    assert here and all(symbol.startswith(f"{name}_") for symbol in here)
    assert here == {symbol for symbol in full if symbol.startswith(f"{name}_")} < full


def test_both_libraries_go_into_one_program(tree, tmp_path):
    """Whole, which the archives of the unit tests do not."""
    source = tmp_path / "empty.c"
    source.write_text("int main(void) { return 0; }\n", encoding="utf-8")

    def linked(*archives):
        return compiled(source, tmp_path / "both", "-Wl,--whole-archive", *archives, "-Wl,--no-whole-archive",
                        *EXTERNAL)

    full = linked(*(ROOT / archive for archive in LIBRARIES.values()))
    assert full.returncode != 0 and "multiple definition" in full.stderr
    done = linked(*(tree / PREFIX / f"lib/lib{name}.a" for name in LIBRARIES))
    assert (done.returncode, done.stderr) == (0, "")


def test_another_prefix_is_taken(tmp_path):
    """What holds the prefix is made again when it changes, and only then."""
    def made(prefix):
        make(f"BUILD={tmp_path}", f"PREFIX={prefix}", f"{tmp_path}/lib/pkgconfig/redpak.pc")
        path = tmp_path / "lib/pkgconfig/redpak.pc"
        return path.read_text(encoding="utf-8").splitlines()[0], path.stat().st_mtime_ns

    first, again, other = made("/usr"), made("/usr"), made("/opt/redpak")
    assert first == again and first[0] == "prefix=/usr"
    assert other[0] == "prefix=/opt/redpak"
