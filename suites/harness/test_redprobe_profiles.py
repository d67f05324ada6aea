# SPDX-License-Identifier: Apache-2.0
"""redprobe --require: what profiles there are, what they say of this machine, and what is no profile."""
import os
import pty
import re

import pytest

from redwrap_runs import NODES, trusted_place, write_node
from redprobe_runs import REDPROBE, ROOT, assert_refused, in_user_namespace, listed, run

FIXTURES = (trusted_place,)
REDCONF = ROOT / "build/bin/redconf"
SHIPPED = ["hardened", "rednode-full", "rednode-minimal", "rednode-rootless"]
# What this machine has, however it is set up, and what it cannot have: made so by WITHOUT_NET_RAW.
HAS, LACKS = "namespace.uts", "capability.cap_net_raw"
WITHOUT_NET_RAW = (*in_user_namespace("true"), "setpriv", "--bounding-set", "-net_raw")


def require(profile, *argv, before=()):
    """Judge this machine by a profile on standard input."""
    return run(*before, REDPROBE, "--require", "-", *argv, input=profile)


@pytest.mark.parametrize("profile", [
    f"{HAS}: supported\n", f"{HAS}: [restricted, supported]\n", f"{{{HAS}: supported}}",
    f"'{HAS}': \"supported\"",
    f"optional:\n  {LACKS}: unsupported\n{HAS}: supported\n", f"{LACKS}: restricted\n",
    f"{LACKS}: [unknown, restricted]",
    f"# why\n\n{HAS}: supported  # because\n", f"--- # one\n{HAS}:\n- supported\n...\n"])
def test_a_profile_that_is_met(profile):
    done = require(profile, before=WITHOUT_NET_RAW)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^standard input: met: 1 of 1 required|0 of 0 required", done.stdout, re.M)


@pytest.mark.parametrize("states", ["supported", "[supported, unsupported]", "unknown"])
def test_what_falls_short_is_listed(states):
    """With what was wanted, what was found and why, why it matters, and how to get it; nothing else is."""
    done = require(f"{HAS}: supported\n{LACKS}: {states}\noptional: {{namespace.user: supported}}\n",
                   before=WITHOUT_NET_RAW)
    assert (done.returncode, done.stderr) == (1, "")
    words = " or ".join(word for word in ("unknown", "supported", "unsupported", "restricted")
                        if word in re.findall(r"\w+", states))
    assert re.search(rf"^required {LACKS}: .+\n +wanted +{words}\n +found +restricted: .+\n", done.stdout,
                     re.M)
    assert re.search(r"^ +forbidden by +bounding set$", done.stdout, re.M)
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert HAS not in done.stdout and "namespace.user" not in done.stdout
    assert done.stdout.splitlines()[-1] == "standard input: not met: 1 of 2 required, 1 of 1 optional"


def test_optional_features_only_warn():
    done = require(f"{HAS}: supported\noptional:\n  {LACKS}: supported\n", before=WITHOUT_NET_RAW)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"^optional {LACKS}: ", done.stdout, re.M)
    assert done.stdout.splitlines()[-1] == "standard input: met: 1 of 1 required, 0 of 1 optional"


def test_tap_says_the_same():
    profile = f"{HAS}: supported\n{LACKS}: supported\noptional: {{namespace.user: restricted}}\n"
    done = require(profile, "--tap", before=WITHOUT_NET_RAW)
    assert (done.returncode, done.stderr) == (1, "")
    results = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert results == ["TAP version 13", "1..3", f"ok 1 - {HAS}", f"not ok 2 - {LACKS}",
                       "not ok 3 - namespace.user # TODO optional"]
    assert "# wanted: supported\n# restricted: " in done.stdout


def test_only_judges_by_these_areas():
    profile = f"{HAS}: supported\n{LACKS}: supported\n"
    assert require(profile, "--only", "namespace", before=WITHOUT_NET_RAW).returncode == 0
    assert require(profile, "--only", "capability", before=WITHOUT_NET_RAW).returncode == 1
    assert_refused(require(profile, "--only", "mount"), "standard input", "--only")


def test_only_the_areas_that_the_profile_names_are_asked(tmp_path):
    """Each area has a process of its own, that of namespaces two: strace counts those that redprobe makes."""
    def processes(profile):
        run("strace", "-e", "trace=%process", "-o", tmp_path / "trace", REDPROBE, "--require", "-",
            input=profile)
        return len(re.findall(r"^(?:clone|fork|vfork|clone3)\(.*\) += \d+", (tmp_path / "trace").read_text(),
                              re.M))

    assert processes(f"{HAS}: supported") == 2
    assert processes(f"{HAS}: supported\n{LACKS}: supported\noptional: {{process.pidfd: supported}}") == 4


@pytest.mark.parametrize("profile, line, column, words", [
    ("namespace.bogus: supported", 1, 1, ["namespace.bogus", "--list"]), ("a: supported", 1, 1, ["'a'"]),
    (f"\n{HAS}: yes", 2, 16, ["'yes'", "restricted"]), (f"{HAS}: Supported", 1, 16, ["'Supported'"]),
    (f"{HAS}: supported\n{HAS}: supported", 2, 1, [HAS, "second time"]),
    (f"{HAS}: supported\noptional:\n  {HAS}: supported", 3, 3, [HAS, "second time"]),
    (f"optional:\n  {HAS}: supported\noptional:\n  {LACKS}: supported", 3, 1, ["optional", "second time"]),
    (f"optional:\n  optional:\n    {HAS}: supported", 2, 3, ["'optional'"]),
    (f"{HAS}: {{supported: 1}}", 1, 16, ["state"]), (f"{HAS}: [[supported]]", 1, 17, ["state"]),
    (f"{HAS}: []", 1, 17, ["empty"]), (f"{HAS}:", 1, 15, ["''"]), (f"{HAS}: ''", 1, 16, ["''"]),
    (f"optional: [{HAS}]", 1, 11, ["id: state"]), ("optional:", 1, 10, ["id: state"]),
    (f"- {HAS}", 1, 1, ["id: state"]), ("word", 1, 1, ["id: state"]), ("", 1, 1, ["id: state"]),
    ("# nothing\n", 2, 1, ["id: state"]), ("{}", 1, 2, ["demands nothing"]), ("[a]: supported", 1, 1, ["id"]),
    (f"{HAS}: !!str supported", 1, 16, ["tags"]), (f"{HAS}: &a supported", 1, 16, ["anchors"]),
    (f"&a {HAS}: supported", 1, 1, ["anchors"]), (f"{HAS}: *a", 1, 16, ["aliases"]),
    (f"{HAS}: supported\n---\n{HAS}: supported", 2, 1, ["one document"]),
    (f"{HAS}: [supported", 2, 1, ["no YAML"]), (f"{HAS}: supported\n\t{LACKS}: x", 2, 1, ["no YAML"]),
    (f"{HAS}\\0: supported", 1, 1, [HAS]), (f'"{HAS}\\0": supported', 1, 1, [HAS]),
    (f'{HAS}: "supported\\0"', 1, 16, ["supported"])])
def test_what_is_no_profile(profile, line, column, words):
    assert_refused(require(profile), f"standard input:{line}:{column}: ", *words)


@pytest.mark.parametrize("content, words", [
    (b"\xff\xfe" + f"{HAS}: supported".encode("utf-16le"), ["no YAML"]),
    (b"namespace.uts: \xffsupported", ["no YAML"]),
    (b"\0", ["no YAML"]), (b"[" * 100000, ["id: state"]), (b"namespace.uts: " + b"[" * 100000, ["state"]),
    (b"{" * 100000, ["id"]), (b"#" * (1 << 20) + b"#", ["too large"]),
    (b"a" * 100000 + b": supported", ["id: state"])],
    ids=[str(number) for number in range(8)])
def test_hostile_profiles(tmp_path, content, words):
    (tmp_path / "profile").write_bytes(content)
    assert_refused(run(REDPROBE, "--require", tmp_path / "profile"), f"{tmp_path}/profile", *words)


def test_a_profile_may_be_a_mebibyte(tmp_path):
    """Control of the limit."""
    text = f"{HAS}: supported\n"
    (tmp_path / "profile").write_text(text + "#" * ((1 << 20) - len(text)), encoding="ascii")
    assert run(REDPROBE, "--require", tmp_path / "profile").returncode == 0


def test_a_profile_that_is_not_there(tmp_path):
    assert_refused(run(REDPROBE, "--require", "bogus"), "'bogus'", *SHIPPED)
    assert_refused(run(REDPROBE, "--require", tmp_path), str(tmp_path), "Is a directory")


def test_a_profile_that_is_not_to_be_reached(tmp_path):
    """It may well be there, so what keeps it is told."""
    (tmp_path / "kept").mkdir(mode=0o700)
    user = ("setpriv", "--reuid", "61234", "--regid", "61234", "--clear-groups")
    assert_refused(run(*user, REDPROBE, "--require", tmp_path / "kept/profile"), "Permission denied")
    assert_refused(run(REDPROBE, "--require", "/etc/passwd/profile"), "Not a directory")


def test_colours_on_a_terminal_only():
    read_end, terminal = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm"}
    assert "\033" not in run(REDPROBE, "--require", "rednode-minimal").stdout
    run("sh", "-c", f'"$0" --require rednode-minimal >/proc/self/fd/{terminal}', REDPROBE, env=environment,
        pass_fds=[terminal])
    os.close(terminal)
    assert b"\033[" in os.read(read_end, 65536)
    os.close(read_end)


def assert_judged(node):
    """What redconf says of a node is a profile, in which each feature that it needs is judged."""
    needed = run(REDCONF, "features", node)
    assert (needed.returncode, needed.stderr) == (0, "") and needed.stdout
    done = require(needed.stdout)
    assert done.returncode in (0, 1) and done.stderr == "", done.stderr
    assert f" of {len(needed.stdout.splitlines())} required" in done.stdout


@pytest.mark.parametrize("config", sorted((NODES / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_what_a_node_needs_can_be_judged(place, config):
    assert_judged(write_node(place / "node", config.read_bytes()))


@pytest.mark.parametrize("model", ["full", "leaf", "root"])
def test_what_a_node_of_a_template_needs_can_be_judged(place, model):
    done = run(REDCONF, "create", f"--{model}", "--templates", ROOT / "runtime/templates.d", place / "node")
    assert (done.returncode, done.stderr) == (0, "")
    assert_judged(place / "node")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_profiles(name):
    """Each is sound, says why it demands what it demands, and can be copied and given as a file."""
    path = ROOT / f"probes/profiles/{name}.yaml"
    text = path.read_text(encoding="utf-8")
    demanded = re.findall(r"^ *([a-z]+\.[a-z0-9_.]+):", text, re.M)
    assert len(demanded) > 5 and set(demanded) <= set(listed())
    for group in text.strip().split("\n\n")[1:]:
        assert group.lstrip().startswith("#") or group.startswith("optional:\n  #"), group
    shipped, copied = run(REDPROBE, "--require", name), run(REDPROBE, "--require", path)
    assert shipped.returncode in (0, 1) and shipped.stderr == ""
    assert copied.returncode == shipped.returncode
    assert shipped.stdout.splitlines()[-1] == copied.stdout.splitlines()[-1].replace(str(path), name)


def test_there_are_no_other_profiles():
    assert sorted(path.stem for path in (ROOT / "probes/profiles").iterdir()) == SHIPPED
