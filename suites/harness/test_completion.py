# SPDX-License-Identifier: Apache-2.0
"""Bash completion of redwrap and redconf, run in bash as readline runs it: with COMP_WORDS and COMP_CWORD."""
import re

import pytest

from redwrap_runs import REDWRAP, ROOT, run

COMPLETION = ROOT / "runtime/completion"
COMMANDS = ["config", "mergeconfig", "tree", "create", "check", "features"]
LEVELS = [str(level) for level in range(9)]
DRIVER = """
source "$1" && shift || exit 9
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"_$1"
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
"""


def split(line):
    """The words that bash makes of a line: '=' and ':' are words of their own."""
    return [word for part in line.split(" ") for word in re.findall(r"[=:]|[^=:]+", part) or [""]]


def completed(line, **options):
    """What is offered at the end of a line; lines end with a blank when a new word begins."""
    words = split(line)
    done = run("bash", "--norc", "-c", DRIVER, "bash", COMPLETION / words[0], *words, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(done.stdout.splitlines())


def documented(page):
    """The options of a manual page: those of its list, not of the synopsis."""
    text = (ROOT / f"runtime/man/{page}").read_text(encoding="utf-8")
    names = re.findall(r"^\.It Fl .*", text, re.MULTILINE)
    return {f"-{word}" for line in names for word in re.findall(r"Fl (?:\\&)?([-?\w]+)", line)}


def test_every_option_of_the_manual_is_offered():
    assert documented("redwrap.1") == set(completed("redwrap -"))
    offered = set(completed("redconf -")).union(*(completed(f"redconf {name} -") for name in COMMANDS))
    assert documented("redconf.1") == offered


def test_the_manual_has_the_options_of_the_help():
    """rednode.md 8"""
    lines = re.findall(r"^ +-.*", run(REDWRAP, "--help").stdout, re.MULTILINE)
    told = {word for line in lines for word in re.findall(r"(?<![\w-])--?[?\w][\w-]*", line)}
    assert told == documented("redwrap.1")


@pytest.mark.parametrize("line, offered", [
    ("redwrap --red", ["--redpath"]),
    ("redwrap -r /srv --dump", ["--dump", "--dump-only"]),
    ("redwrap --admin --strict=no -v3 -r/srv --bw", ["--bwrap"]),
    ("redwrap --strict=", ["no", "yes"]),
    ("redwrap --force=y", ["yes"]),
    ("redwrap --verbose=", LEVELS),
    ("redwrap --user roo", ["root"]),
    ("redwrap --uid=roo", ["root"]),
    ("redwrap -G roo", ["root"]),
    ("redwrap --preserve-fd ", []),
    ("redwrap --help=", []),
    ("redconf ", sorted(COMMANDS)),
    ("redconf --yaml -l 3 m", ["mergeconfig"]),
    ("redconf --log-", ["--log-yaml"]),
    ("redconf -l ", LEVELS),
    ("redconf mergeconfig -", ["--admin", "--redpath", "-a", "-r"]),
    ("redconf check --red", ["--redpath"]),
    ("redconf features -", []),
    ("redconf create -m ", ["full", "leaf", "root"]),
    ("redconf create --model=l", ["leaf"]),
    ("redconf create -a new --temp", ["--templates"]),
    ("redconf nonsense -", []),
])
def test_options_values_and_subcommands(line, offered):
    assert completed(line) == offered


@pytest.mark.parametrize("line", [
    "redwrap -r ", "redwrap --redpath ", "redwrap --rp=", "redwrap -a --rpath ", "redconf config ",
    "redconf -y tree --redroot ", "redconf check -r ", "redconf features ", "redconf create -a x -f ",
    "redconf create --templates="])
def test_nodes_are_directories(tmp_path, line):
    """Files are not offered, unlike where a file is wanted."""
    for name in ("node-a", "node-b", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "node-file").touch()
    assert completed(f"{line}{tmp_path}/node-") == [f"{tmp_path}/node-a", f"{tmp_path}/node-b"]
    assert completed(f"{line}{tmp_path}/none") == []
    assert f"{tmp_path}/node-file" in completed(f"redwrap -b {tmp_path}/node-")


def test_a_path_with_a_colon(tmp_path):
    """Readline keeps what stands before the colon."""
    (tmp_path / "a:bc").mkdir()
    assert completed(f"redwrap -r {tmp_path}/a:b") == ["bc"]
    assert completed(f"redwrap --redpath={tmp_path}/a:") == ["bc"]
    assert completed(f"redwrap -r {tmp_path}/a:bc --dump-") == ["--dump-only"]


@pytest.mark.parametrize("before", ["", "-a ", "-- ", "--strict=yes ", "-v5 -- "])
def test_options_end_with_the_program(before):
    """After it nothing is offered of redwrap's, whatever the words of the program look like."""
    line = f"redwrap -r /srv {before}"
    assert completed(f"{line}sh -") == completed(f"{line}sh --redpath ") == []
    assert completed(f"{line}sh --red") == completed(f"{line}sh -c x --strict=") == []
    assert completed("redwrap -r /srv --red") == ["--redpath"]


def test_after_two_dashes_there_are_no_options():
    assert completed("redwrap -r /srv -- -") == []
    assert "--admin" in completed("redwrap -r /srv -")
