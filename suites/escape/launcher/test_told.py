# SPDX-License-Identifier: Apache-2.0
"""What an ordinary user learns, or may do, by a launcher that is set-user-ID, and by one that is not."""

import shutil
from pathlib import Path

from framework import export, minimal, verifies
from framework.caller import CALLERS
from framework.nodes import witness

from . import conclude, denied, items, permitted

SET_USER_ID = 0o4755


def _with_rights(check):
    """Return the launcher as a file that has root's rights for whoever starts it."""
    path = Path(shutil.copy(check.launcher.path, check.scratch(disk=True, owner=CALLERS["root"])))
    path.chmod(SET_USER_ID)
    return type(check.launcher)(path)


@verifies(*items("existence-of-a-host-file", "rights-of-the-launcher"), callers=("user",))
def test_files_where_the_caller_may_not_look(check):
    """CVE-2022-47952: what is there and what is not are told alike; and neither is shown."""
    closed = check.scratch(owner=CALLERS["root"])
    (closed / "there").write_text("secret\n")
    (closed / "there").chmod(0o600)
    closed.chmod(0o700)

    def told(name, role="protected"):
        node = minimal(export("RestrictedFile", "/data", closed / name))
        run = check.run(node, witness("read_file=/data"), role=role)
        # Whose directories differ from run to run, but not in length.
        return run, (run.status, len(run.stderr.replace(f"/{name}", "")), run.inside)

    ordinary, lending = check.launcher, _with_rights(check)
    plain = [told(name) for name in ("there", "none")]
    check.launcher = lending
    lent = [told(name) for name in ("there", "none")]
    check.launcher = ordinary
    with check.acting(CALLERS["root"]):
        control = [told(name, "control") for name in ("there", "none")]
    conclude(check, "existence-of-a-host-file", cve="CVE-2022-47952",
             holds=all(there[1] == none[1] for there, none in (plain, lent)),
             exposed=control[0][1] != control[1][1],
             expected="the same said of a file that is there and of one that is not")
    conclude(check, "rights-of-the-launcher", runs=[lent[0][0], control[0][0]],
             holds=denied(check, lent[0][0], "read_file"), exposed=permitted(control[0][0], "read_file"),
             expected="nothing read with the rights of the launcher's owner")
