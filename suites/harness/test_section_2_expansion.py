# SPDX-License-Identifier: Apache-2.0
"""rednode.md 2: what of a configuration is expanded, in whose context, and what is not."""
from redwrap_runs import REDWRAP, run, trusted_place, write_node

FIXTURES = (trusted_place,)
PARENT = """\
headers: {alias: up, name: '$TEXT', info: '$(echo x)'}
exports:
- {mode: Tmpfs, mount: /$NODE_ALIAS-$LEAF_ALIAS}
- {mode: Restricted, mount: /m, path: /$NODE_ALIAS/$TEXT}
environ:
- {key: A, value: $NODE_ALIAS}
- {key: B, mode: Static, value: $NODE_ALIAS}
- {key: C, mode: Execfd, value: echo $NODE_ALIAS}
- {key: D, value: $NODE_NAME}
- {key: E, value: $NODE_INFO}
config:
  hostname: $NODE_ALIAS-$TEXT
  chdir: /$NODE_ALIAS
  umask: $MASK
  set-user: $TEXT
  set-group: $TEXT
  smack: $NODE_ALIAS
  cgrouproot: /$NODE_ALIAS
  path: /$NODE_ALIAS:$(date)
  ldpath: /$NODE_ALIAS
  share_net: /$TEXT
  cgroups: {pids: {max: $TEXT}}
"""
# Of the parent's exports and variables NODE_ALIAS is `up`, of its settings the leaf's, `low`.
EXPANDED = ["--tmpfs /up-low", "--ro-bind /up/text /m", "--setenv A up", "--setenv D $TEXT",
            "--chdir /low", "--hostname low-text", "--setenv PATH /low:$(date)",
            "--setenv LD_LIBRARY_PATH /low",
            "# umask: 027", "# set-user: text", "# set-group: text", "# smack: low", "# cgrouproot: /low"]
KEPT = ["--setenv B $NODE_ALIAS", "--setenv C echo $NODE_ALIAS", "--setenv E $(echo x)",
        "# net: joined /$TEXT"]


def test_each_field_is_expanded_or_kept(place):
    """As a dump shows them; control: what is kept is another text than what it would be."""
    parent = write_node(place / "node", PARENT)
    leaf = write_node(parent / "leaf", "headers: {alias: low}\n")
    done = run(REDWRAP, "-v6", "-r", leaf, "-D", env={"TEXT": "text", "MASK": "027"})
    assert done.returncode == 0, done.stderr
    shown = {line.strip() for line in (done.stdout + "\n" + done.stderr).splitlines()}
    assert not {*EXPANDED, *KEPT, f"# pids.max: $TEXT ({parent})"} - shown
