# SPDX-License-Identifier: Apache-2.0
"""Words of the program that the launcher might take for its own options (weakness W1)."""

from framework import export, minimal, verifies
from framework.launchers import Bwrap
from framework.nodes import witness

from . import conclude, items, permitted, secret


@verifies(*items("words-as-options"), needs=("namespace.mnt",))
def test_words_of_the_program_are_no_options(check):
    """The payload begins with options that show more; the control has them where options stand."""
    marker = secret(check)
    wide = check.place(minimal(export("Restricted", marker.parent)))
    read = witness(f"read_file={marker}")
    opening = check.launcher.opening(wide)
    words = [opening, Bwrap("bwrap").opening(wide)]
    protected = [check.run(minimal(), [*prefix, *read]) for prefix in words]
    protected.append(check.run(minimal(), [*read[:1], *opening, *read]))
    control = check.run(minimal(), read, role="control", extra=opening)
    # That a program of such a name is not there is not the launcher's refusal of a node.
    conclude(check, "words-as-options", "W1",
             holds=all(run.status != 0 and not permitted(run, "read_file") for run in protected),
             exposed=permitted(control, "read_file"),
             expected="a program called like the option not to be found, and nothing read")
