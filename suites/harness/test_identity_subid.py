# SPDX-License-Identifier: Apache-2.0
"""rednode.md 5, `id_map: subid`: the caller's ranges of subordinate ids, by newuidmap and newgidmap.

The files that give the ranges are bound over the machine's in a mount namespace of the test's own.
"""
import os

import pytest

from redwrap_runs import REDWRAP, SYSTEM, USER, assert_error, run, trusted_place, write_node

FIXTURES = (trusted_place,)
FILES = {
    "passwd": "root:x:0:0::/root:/bin/sh\nordinary:x:1000:1000::/:/bin/sh\n",
    "group": "root:x:0:\nordinary:x:1000:\n",
    "subuid": "ordinary:200000:100\nordinary:300000:50\nanother:400000:9\n",
    "subgid": "ordinary:200000:70\n",
}


def giving(place, files):
    """The words before a command that put these files in the places of the machine's."""
    binds = []
    for name, text in files.items():
        (place / name).write_text(text, encoding="ascii")
        binds.append(f"mount --bind {place / name} /etc/{name}")
    return ("unshare", "--mount", "sh", "-c", " && ".join([*binds, 'exec "$@"']), "sh")


@pytest.fixture(name="with_ranges")
def words_that_give_ranges(place):
    """The words before a command that give the ordinary user its ranges."""
    return giving(place, FILES)


def node_with(place, *lines):
    """A node with these lines of `config`."""
    settings = "".join(f"  {line}\n" for line in lines)
    return write_node(place / "node", SYSTEM.replace("config:\n", f"config:\n{settings}"))


def told(with_ranges, node, script):
    """What a script tells in the node of the ordinary user, as lists of words."""
    done = run(*with_ranges, *USER, REDWRAP, "-r", node, "/bin/sh", "-c", script)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_the_ranges_map_to_themselves_besides_the_caller(place, with_ranges):
    """Control: with `single` there is the caller alone."""
    node = node_with(place, "id_map: subid")
    assert sorted(told(with_ranges, node, "cat /proc/self/uid_map")) == [
        ["1000", "1000", "1"], ["200000", "200000", "100"], ["300000", "300000", "50"]]
    assert sorted(told(with_ranges, node, "cat /proc/self/gid_map")) == [
        ["1000", "1000", "1"], ["200000", "200000", "70"]]
    node = node_with(place, "id_map: single")
    assert told(with_ranges, node, "cat /proc/self/uid_map") == [["1000", "1000", "1"]]


def test_the_payload_can_be_a_user_of_the_ranges(place, with_ranges):
    node = node_with(place, "id_map: subid", "set-user: 200007", "set-group: 200008")
    assert told(with_ranges, node, "grep -E '^(Uid|Gid|Groups)' /proc/self/status") == [
        ["Uid:", *["200007"] * 4], ["Gid:", *["200008"] * 4], ["Groups:"]]


def test_a_user_outside_the_ranges_is_refused(place, with_ranges):
    node = node_with(place, "id_map: subid", "set-user: 400000", "set-group: 200000")
    done = run(*with_ranges, *USER, REDWRAP, "-r", node, "/bin/true")
    assert done.returncode == 125 and "400000" in done.stderr


@pytest.mark.parametrize("changed, reason", [
    ({"passwd": FILES["passwd"].replace("1000", "1001")}, "user 1000 has none in /etc/passwd"),
    ({"subgid": "another:400000:9\n"}, "/usr/bin/getsubids"),
])
def test_a_caller_without_ranges_is_refused(place, changed, reason):
    """Without a login name, or without ranges of groups; control: with both the node starts."""
    node = node_with(place, "id_map: subid")
    done = run(*giving(place, {**FILES, **changed}), *USER, REDWRAP, "-r", node, "/bin/true")
    assert_error(done, 125, reason, "subid")
    assert told(giving(place, FILES), node, "echo started") == [["started"]]


def test_many_ranges_mean_the_same_ids_inside_and_outside(place):
    """CVE-2018-18955: with more than five ranges the kernel looks ids up another way, user_namespaces(7).

    Control: an id between the ranges is nobody's, and its files are not to be written.
    """
    starts = [200000 + 1000 * number for number in range(12)]
    ranges = "".join(f"ordinary:{start}:10\n" for start in starts)
    words = giving(place, {**FILES, "subuid": ranges, "subgid": ranges})
    data = place / "data"
    data.mkdir()
    data.chmod(0o777)
    (data / "between").touch()
    (data / "between").chmod(0o600)
    os.chown(data / "between", starts[0] + 500, starts[0] + 500)
    for start in starts:
        node = node_with(place, "id_map: subid", f"set-user: {start + 7}", f"set-group: {start + 8}")
        write_node(node, (node / "etc/redpak.yaml").read_text(encoding="utf-8").replace(
            "config:", f"- {{mode: Public, mount: /data, path: {data}}}\nconfig:"))
        script = f"cd /data; touch {start}; stat -c '%u %g' {start} between; cat between || echo no"
        done = run(*words, *USER, REDWRAP, "-r", node, "/bin/sh", "-c", script)
        assert done.stdout.splitlines() == [f"{start + 7} {start + 8}", "65534 65534", "no"], done.stderr
        made = (data / str(start)).stat()
        assert (made.st_uid, made.st_gid) == (start + 7, start + 8)
