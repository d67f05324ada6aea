# SPDX-License-Identifier: Apache-2.0
"""What the tests of redconf share."""
from redwrap_runs import COMMANDS, run

REDCONF = COMMANDS / "redconf"


def redconf(*words, caller=(), **options):
    """Run redconf to its end."""
    return run(*caller, REDCONF, *words, **options)


def output(*words, **options):
    """The standard output of redconf, which must succeed and say nothing else."""
    done = redconf(*words, **options)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def assert_refused(done, status, *words):
    """Assert that redconf ended with this status and one line that holds these words."""
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert done.stderr.startswith("redconf: ") and done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert str(word) in done.stderr


def write_admin(node, text):
    """Give a node an admin configuration."""
    path = node / "etc/redpak-admin.yaml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o640)
    return path
