# SPDX-License-Identifier: Apache-2.0
"""What `redconf check` finds against its list in redconf(1); rednode.md 9, W10, W19, W20."""
import os
import re

from redconf_runs import output, redconf, write_admin
from redwrap_runs import ROOT, trusted_place, write_node

FIXTURES = (trusted_place,)
HEAD = "headers: {alias: n}\n"
# Kind, how an item of the page begins (without macros), and nodes in which it is found.
FOUND = [
    ("error", "what redwrap refuses", ["config: {hostname: x, share_uts: Enabled}"]),
    ("error", "share_user Enabled together",
     ["config: {share_user: Enabled, capabilities: [{cap: BPF, add: 1}]}"]),
    ("error", "an export through which the node could write",
     ["exports: [{mode: Public, mount: /n, path: $NODE_PATH}]"]),
    ("error", "a proc in the node",
     ["exports: [{mode: Restricted, mount: /proc}]\nconfig: {share_user: Enabled, share_pid: Enabled}"]),
    ("warning", "CAP_SYS_ADMIN", ["config: {capabilities: [{cap: sys_admin, add: 1}]}"]),
    ("warning", "set-user root", ["config: {set-user: root}", "config: {id_map: full}"]),
    ("warning", "an export that shows", ["exports: [{mode: Restricted, mount: /n, path: $NODE_PATH}]"]),
    ("warning", "an export of /sys", ["exports: [{mode: Public, mount: /sys}]"]),
    ("warning", "a joined user namespace", ["config: {share_user: /run/user-namespace}"]),
    ("warning", "share_net Enabled", ["config: {share_net: Enabled}"]),
    ("warning", "a shared PID namespace", ["config: {share_pid: Enabled}"]),
    ("warning", "a restriction that only an admin", ["config: {share_ipc: Enabled}"]),
    ("warning", "what the node reads of its caller",
     ["environ: [{key: A, value: $SECRET}]", "environ: [{key: SECRET, mode: Inherit}]",
      "config: {inherit-env: true}", "exports: [{mode: Internal, mount: /m, path: 9}]"]),
    ("warning", "commands that the configuration runs",
     ["environ: [{key: A, value: $(date)}]", "exports: [{mode: Execfd, mount: /x, path: date}]",
      "config: {hostname: $(hostname)}"]),
    ("warning", "what the node opens again",
     ["config: {seccomp: off}", "config: {nested_userns: Enabled}"]),
    ("warning", "settings that reach beyond the node",
     ["config: {cgroups: {io: {cost_qos: x}}}", "config: {set-user: nobody-knows}",
      "config: {set-group: nobody-knows}"]),
]
FORBIDDEN = "headers: {alias: a}\nconfig: {share_ipc: Disabled}\n"


def items(kind):
    """The items of one list of the page, each as its text without macros."""
    page = (ROOT / "runtime/man/redconf.1").read_text(encoding="utf-8")
    check = re.search(r"^\.Ss check\n(.*?)^\.Ss ", page, re.MULTILINE | re.DOTALL)[1]
    listed = check.partition(f"{kind.capitalize()}s are:\n.Bl")[2].partition("\n.El")[0]
    for item in listed.split("\n.It\n")[1:]:
        plain = re.sub(r"^\.(Xr (\w+) \d|(?:Cm|Pa|Po|Pc)\b ?(.*))", lambda m: m[2] or m[3] or "", item,
                       flags=re.MULTILINE)
        yield " ".join(plain.replace(" No ", " ").split())


def findings(place, config):
    """What is said about a node: the lines of both outputs."""
    node = write_node(place / "n", HEAD + config + "\n")
    admin = node / "etc/redpak-admin.yaml"
    if "share_ipc" in config:
        write_admin(node, FORBIDDEN)
    elif admin.exists():
        os.unlink(admin)
    done = redconf("check", node)
    return done.returncode, done.stdout + done.stderr


def test_each_risk_of_the_page_is_found_and_has_its_kind(place):
    """And the table of this test has every item of the page; control: a node without risks."""
    assert findings(place, "") == (0, "")
    for kind, status in (("error", 1), ("warning", 3)):
        rows = [(words, configs) for row_kind, words, configs in FOUND if row_kind == kind]
        shown = list(items(kind))
        assert len(shown) == len(rows)
        for (words, configs), item in zip(rows, shown):
            assert item.startswith(words), item
            assert [findings(place, config)[0] for config in configs] == [status] * len(configs), words


def test_each_finding_of_the_command_is_met(place):
    """Each text of the sources is printed for a node of the table; %s stands for anything."""
    source = (ROOT / "runtime/redconf/risks.c").read_text(encoding="utf-8")
    calls = re.findall(r'report_risk_(?:error|warning)\(.*?,\s*((?:"[^"]*"\s*)+)[,)]', source, re.DOTALL)
    texts = {"".join(re.findall(r'"([^"]*)"', call)) for call in calls} - {"%s"}
    assert len(texts) > 10
    said = "".join(findings(place, config)[1] for _, _, configs in FOUND for config in configs)
    unmet = [text for text in texts
             if not re.search(re.sub(r"%(?:\\\.\\\*)?s", ".*", re.escape(text)), said)]
    assert not unmet


def test_the_synopsis_is_that_of_the_help():
    """rednode.md 9: each subcommand with the same arguments on the page and in the help."""
    page = (ROOT / "runtime/man/redconf.1").read_text(encoding="utf-8")
    synopsis = page.partition(".Sh SYNOPSIS\n")[2].partition(".Sh ")[0]
    commands = re.findall(r"^\.Cm (\w+)\n((?:\.(?:Op|Ar).*\n?)*)", synopsis, re.MULTILINE)
    on_page = {name: set(re.findall(r"\w+", text)) - {"Op", "Ar", "Fl"} for name, text in commands}
    rows = re.findall(r"^  (\w+) +(\S.*?)  ", output("--help"), re.MULTILINE)
    assert on_page == {name: set(re.findall(r"\w+", text.lower())) for name, text in rows}
    assert on_page["features"] == {"node"}
