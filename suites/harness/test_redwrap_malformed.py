# SPDX-License-Identifier: Apache-2.0
"""redwrap and the nodes of fixtures/nodes: the malformed are refused where they are wrong, run nothing."""
import signal

import pytest

from hostile_files import FLOODS
from redwrap_runs import (LIMITED, MINIMAL, NODES, REDWRAP, assert_error, each_caller, hold_to_limits, run,
                          shell, trusted_place, write_node)

# pytest finds fixtures by their being here.
FIXTURES = (each_caller, trusted_place)


def malformed():
    """Return (file, place, reason) of each row of the table."""
    rows = (NODES / "malformed.txt").read_text(encoding="utf-8").splitlines()
    return [row.split(" ", 2) for row in rows if not row.startswith("#")]


@pytest.mark.parametrize("name, where, reason", malformed(), ids=lambda value: value.replace(" ", "-"))
def test_a_malformed_node_is_refused_where_it_is_wrong(place, name, where, reason):
    content = (NODES / "malformed" / f"{name}.yaml").read_bytes()
    is_status = name.startswith("status-")
    node = write_node(place, **({"config": MINIMAL, "status": content} if is_status else {"config": content}))
    file = node / (".rednode.yaml" if is_status else "etc/redpak.yaml")
    marker = place / "marker"
    with marker.open("w", encoding="ascii") as output:
        done = shell(node, "echo ran", stdout=output, **LIMITED)
    done.stdout = marker.read_text(encoding="utf-8")
    assert_error(done, 125, reason)
    assert done.stderr.startswith(f"redwrap: {file}:{where}: ")


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_is_refused_within_the_limits(place, name):
    text, where, reason = FLOODS[name]
    node = write_node(place, text)
    # Of 10,900 entries that are the same each but the first would be a warning.
    done = run(REDWRAP, "--verbose=3", "--redpath", node, "--", "/bin/true", **LIMITED)
    assert_error(done, 125, reason)
    assert done.stderr.startswith(f"redwrap: {node}/etc/redpak.yaml:{where}: ")


def test_the_limits_hold():
    """Control of the limits: a program that takes more is ended by them."""
    assert run("sh", "-c", "while :; do :; done", preexec_fn=hold_to_limits).returncode == -signal.SIGPROF
    large = ("dd", "if=/dev/zero", "of=/dev/null", "bs=32M", "count=1")
    assert "memory exhausted" in run(*large, preexec_fn=hold_to_limits).stderr
    assert run(*large).returncode == 0


def test_the_table_of_malformed_nodes_is_complete():
    files = sorted(file.stem for file in (NODES / "malformed").iterdir())
    assert files == sorted(name for name, _, _ in malformed()) and len(files) >= 60


@pytest.mark.parametrize("file", sorted((NODES / "valid").iterdir()), ids=lambda file: file.stem)
def test_a_valid_node_runs(place, caller, file):
    """Control of the malformed ones: the same program in a node without a fault."""
    done = shell(write_node(place, file.read_bytes()), "echo ran", caller)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")


def test_a_file_larger_than_1_mib_is_refused(place):
    limit = 1 << 20
    node = write_node(place, MINIMAL + "#" * (limit - len(MINIMAL)))
    assert shell(node, "echo ran").stdout == "ran\n"
    write_node(place, MINIMAL + "#" * (limit - len(MINIMAL) + 1))
    assert_error(shell(node, "echo ran"), 125, node / "etc/redpak.yaml", "1048576")
