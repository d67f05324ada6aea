# SPDX-License-Identifier: Apache-2.0
"""REDPAK.RKA-R-ESC-LAU: ways out that misuse the launcher, its files, or how it builds the node."""


ITEM = "REDPAK.RKA-R-ESC-LAU/"


def items(*names):
    """Return the ids of these items."""
    return [ITEM + name for name in names]


def denied(check, run, label):
    """Say whether an attempt of a protected run failed, or the launcher refused the node altogether.

    A run that ended in any other way shows neither.
    """
    if run.inside is None:
        return check.refused(run)
    return not run.inside[label]["permitted"]


def permitted(run, label):
    """Say whether an attempt of a run succeeded."""
    return run.inside is not None and run.inside[label]["permitted"]


def secret(check, name="marker", owner=None):
    """Make a file of the host that no node exports, in a directory of its own. Returns its Path.

    owner: a Caller, by default the check's.
    """
    owner = owner or check.caller
    path = check.scratch(owner=owner) / name
    path.write_text("secret\n")
    path.chmod(0o644)
    owner.own(path)
    return path


def conclude(check, name, weakness=None, cve=None, **said):
    """Conclude on the item `name`, with the weakness or the number that the technique is known by.

    said: as for Check.conclude.
    """
    known = {"weakness": weakness, "cve": cve, "technique": name}
    check.conclude(ITEM + name, attributes={key: value for key, value in known.items() if value}, **said)
