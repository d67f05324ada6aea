# SPDX-License-Identifier: Apache-2.0
"""The caller's variables: in the payload, in commands that the launcher runs, by expansion (weakness W19)."""

from framework import minimal, verifies
from framework.caller import Caller
from framework.redconf import redconf
from framework.running import ENVIRONMENT

from . import conclude, items

SECRETS = {"REDPROOF_SECRET": "secret", "LD_PRELOAD": "/nowhere/preloaded.so"}


class Talkative(Caller):
    """A caller with variables that are nobody else's matter."""

    def options(self):
        """See Caller."""
        return {**super().options(), "env": {**ENVIRONMENT, **SECRETS}}


def _prepare(check):
    check.caller = check.caller.as_a(Talkative)


@verifies(*items("environment-of-the-caller"))
def test_the_environment_begins_empty(check):
    """No variable of the caller's reaches a payload that does not ask for it."""
    _prepare(check)
    observations = [f"{name}:variable={name}" for name in SECRETS]
    protected = check.observe(minimal(), *observations)
    control = check.observe(None, *observations, role="control")
    conclude(check, "environment-of-the-caller", "W19", holds=not any(protected.inside.values()),
             exposed=control.inside == SECRETS, expected="neither variable in the node")


def _with(value):
    return minimal(environ=[{"mode": "Default", "key": "A", "value": value}])


@verifies(*items("preloading-into-commands"))
def test_a_command_of_the_configuration(check):
    """It is not linked with what the caller names."""
    check.launcher.native("commands of a configuration")
    _prepare(check)
    protected = check.observe(_with("$(printenv LD_PRELOAD || echo none)"), "variable=A")
    control = check.run(None, ["/usr/bin/printenv", "LD_PRELOAD"], role="control")
    conclude(check, "preloading-into-commands", "W19", holds=protected.inside["variable"].strip() == "none",
             exposed=control.stdout.strip() == SECRETS["LD_PRELOAD"] and "ld.so" in control.stderr,
             expected="no LD_PRELOAD for the command")


@verifies(*items("expansion-of-the-environment"))
def test_what_a_configuration_reads(check):
    """Whoever checks a node is told what it reads of its caller."""
    _prepare(check)
    place = check.place(_with("$REDPROOF_SECRET"))
    told = redconf(check, "check", place)
    read = check.observe(place, "variable=A", role="control")
    conclude(check, "expansion-of-the-environment", "W19",
             holds="REDPROOF_SECRET" in told.stdout and told.status != 0,
             exposed=read.inside["variable"] == SECRETS["REDPROOF_SECRET"],
             expected="the variable that the node reads to be named")
