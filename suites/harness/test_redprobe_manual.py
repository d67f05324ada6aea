# SPDX-License-Identifier: Apache-2.0
"""redprobe(1), its help and its completion: they name the same options, and the page has every id."""
import os
import re

import pytest

from redprobe_runs import REDPROBE, ROOT, listed, run

PAGE = (ROOT / "build/man/redprobe.1").read_text(encoding="utf-8")
COMPLETION = ROOT / "probes/completion/redprobe"
PROFILES = sorted(path.stem for path in (ROOT / "probes/profiles").iterdir())
AREAS = list(dict.fromkeys(feature.partition(".")[0] for feature in listed()))
DRIVER = """
source "$1" && shift || exit 9
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_redprobe
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(line):
    """What is offered at the end of a line; bash makes a word of its own of '='."""
    words = [word for part in line.split(" ") for word in re.findall(r"=|[^=]+", part) or [""]]
    done = run("bash", "--norc", "-c", DRIVER, "bash", COMPLETION, *words,
               env={**os.environ, "PATH": f"{REDPROBE.parent}:{os.environ['PATH']}"})
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(done.stdout.splitlines())


def test_options_are_the_same_everywhere():
    documented = {f"--{name}" for name in re.findall(r"^\.It Fl -([\w-]+)", PAGE, re.M)}
    told = set(re.findall(r"^  (--[\w-]+)", run(REDPROBE, "--help").stdout, re.M))
    assert documented == told == set(completed("redprobe -")) == set(completed("redprobe "))
    assert len(told) > 8


def test_the_page_has_every_id_with_its_meaning():
    lines = run(REDPROBE, "--list").stdout.splitlines()
    assert re.findall(r"^\.It Cm (\w+\.\S+)\n(.*)$", PAGE,
                      re.M) == [tuple(line.split(None, 1)) for line in lines]
    assert re.findall(r"^\.Ss (.*)$", PAGE, re.M) == AREAS
    assert "@" not in PAGE


def test_the_page_has_every_profile():
    section = PAGE.partition(".Sh PROFILES")[2].partition(".Sh ")[0]
    assert sorted(re.findall(r"^\.It Cm (\S+)$", section, re.M)) == PROFILES


@pytest.mark.parametrize("line, offered", [
    ("redprobe --js", ["--json"]), ("redprobe --json --on", ["--only"]), ("redprobe --only mou", ["mount"]),
    ("redprobe --only=mou", ["mount"]), ("redprobe --only mount,proc", ["mount,process"]),
    ("redprobe --only=mount,proc", ["mount,process"]), ("redprobe --only mount proc", ["process"]),
    ("redprobe --only mount --js", ["--json"]), ("redprobe --only nonsense", []),
    ("redprobe --explain namespace.us", [name for name in listed() if name.startswith("namespace.us")]),
    ("redprobe --require rednode-m", ["rednode-minimal"]),
    ("redprobe --explain=process.pidfd_s", ["process.pidfd_setns"]),
    ("redprobe --list --js", ["--json"])])
def test_options_areas_ids_and_profiles(line, offered):
    assert completed(line) == sorted(offered)


def test_all_areas_and_profiles_are_offered():
    assert completed("redprobe --only ") == completed("redprobe --only=") == sorted(AREAS)
    assert completed("redprobe --only mount,") == sorted(f"mount,{name}" for name in AREAS)
    assert set(PROFILES) <= set(completed("redprobe --require "))


@pytest.mark.parametrize("line", ["redprobe --require ", "redprobe --diff ", "redprobe --diff a.json ",
                                  "redprobe --require="])
def test_files(tmp_path, line):
    (tmp_path / "report.json").touch()
    assert completed(f"{line}{tmp_path}/rep") == [f"{tmp_path}/report.json"]
