# SPDX-License-Identifier: Apache-2.0
"""Configurations that take their reader long or far, each as large as a file may be (rednode.md 2)."""

HEADERS = "headers: {alias: bad}\n"
SIZE = 1 << 20
MANY = 10900


def filled(before, unit, after=""):
    """Return `before`, as many times `unit` as a file has room for, `after`."""
    room = SIZE - len((before + after).encode())
    return before + unit * (room // len(unit.encode())) + after


def numbered(form):
    """Return a line for each of many numbers, within the size and the values of a file."""
    return "".join(form % number for number in range(MANY))


# name: (text, LINE:COLUMN, reason)
FLOODS = {
    "flow-list": (filled(HEADERS + "exports: [", "a,", "]"), "2:65539", "more than 32768 values"),
    "flow-mappings": (filled(HEADERS + "exports: [", "{},", "]"), "2:98303", "more than 32768 values"),
    "block-list": (filled(HEADERS + "exports:\n", "- a\n"), "32767:3", "more than 32768 values"),
    "anchors": (filled(HEADERS + "exports: [", "&a a,", "]"), "2:163831", "more than 32768 values"),
    "block-depth": (filled(HEADERS + "exports:\n", "- "), "3:127", "nested deeper than 64"),
    "flow-depth": (filled(HEADERS + "exports: ", "["), "2:73", "nested deeper than 64"),
    "mapping-depth": (filled(HEADERS + "exports: ", "{a: "), "2:262", "nested deeper than 64"),
    "indents": (HEADERS + "".join(" " * depth + "a:\n" for depth in range(1400)), "66:65",
                "nested deeper than 64"),
    "question-marks": (filled(HEADERS + "exports: ", "? "), "2:10", "not YAML"),
    "colons": (filled(HEADERS, ": "), "2:1", "not YAML"),
    "one-key": (filled(HEADERS, "k"), "2:1048555", "not YAML"),
    "blanks": (filled(HEADERS + "exports:", " "), "2:9", "a single value stands where a list"),
    "empty-lines": (filled(HEADERS + "exports:", "\n"), "2:9", "a single value stands where a list"),
    "one-comment": (filled(HEADERS + "exports: #", "x"), "2:9", "a single value stands where a list"),
    "comments": (filled(HEADERS + "exports:\n", "#\n"), "2:9", "a single value stands where a list"),
    "one-scalar": (filled(HEADERS + "exports: ", "x"), "2:10", "a single value stands where a list"),
    "escapes": (filled(HEADERS + 'exports: "', "\\x41", '"'), "2:10", "a single value stands where"),
    "long-escapes": (filled(HEADERS + 'exports: "', "\\U0001F600", '"'), "2:10", "a single value stands"),
    "folded": (filled(HEADERS + "exports: >\n", " a\n"), "2:10", "a single value stands where a list"),
    "literal": (filled(HEADERS + "exports: |\n", " a\n"), "2:10", "a single value stands where a list"),
    "line-breaks": (filled(HEADERS + 'exports: "', "\r\n", '"'), "2:10", "a single value stands where"),
    "quotes": (filled(HEADERS + "exports: ['", "''", "']"), "2:11", "a single value stands where"),
    "aliases-of-nothing": (filled(HEADERS + "exports: [", "*a,", "]"), "2:11", "alias '*a'"),
    "anchors-of-nothing": (filled(HEADERS, "&a "), "2:1026", "not YAML"),
    "tags-of-nothing": (filled(HEADERS, "!a "), "2:1026", "not YAML"),
    "tag-directives": ("".join(f"%TAG !a{number}! tag:a\n" for number in range(50000)), "1:1",
                       "tags are not allowed"),
    "version-directives": (filled("", "%YAML 1.1\n"), "2:1", "not YAML"),
    "documents": (filled(HEADERS, "---\n"), "2:1", "a second document"),
    "keys": (HEADERS + "config: {" + "".join(f"k{number}: 1, " for number in range(60000)) + "}", "2:2204",
             "more than 256 keys"),
    "variables": (HEADERS + "environ:\n" + numbered("- {key: k%d, value: v}\n") + "- {key: k0, value: w}\n",
                  "10903:3", "a second time"),
    "capabilities": (HEADERS + "config:\n  capabilities:\n" + "  - {cap: kill, add: 1}\n" * MANY
                     + "  - {cap: kill, add: 0}\n", "10904:5", "a second time"),
    "exports": (HEADERS + "exports:\n" + numbered("- {mode: Tmpfs, mount: /k%d}\n")
                + "- {mode: Anonymous, mount: /k0}\n", "10903:3", "a second time"),
    "tags": (filled(HEADERS + "config: {hostname: '", "$a", "'}"), "2:20", "more than 10000 tags"),
    "uuids": (filled(HEADERS + "config: {hostname: '", "$UUID", "'}"), "2:20", "more than 10000 tags"),
    "commands": (filled(HEADERS + "config: {hostname: '", "$(", "'}"), "2:20", "no closing ')'"),
    "parentheses": (filled(HEADERS + "config: {hostname: '$(", "(", "'}"), "2:20", "no closing ')'"),
    "parents": (filled(HEADERS + "exports: [{mode: Tmpfs, mount: '/", "../", "'}]"), "2:32",
                "less than 4096"),
    "hostname": (filled(HEADERS + "config: {hostname: '", "h", "'}"), "2:20", "1 to 64 characters"),
    "zeros": ("\0" * SIZE, "1:1", "control characters"),
    "bombs": (HEADERS + "exports:\n- &a [x]\n"
              + "".join(f"- &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(20)),
              "3:3", "a list stands where a mapping"),
}
