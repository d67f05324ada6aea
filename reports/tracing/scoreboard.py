# SPDX-License-Identifier: Apache-2.0
"""The command `scoreboard`: a report of each launcher's run, and all of them side by side.

Exit status: 0 every launcher's suites ran to their end, whatever they said; 2 usage, or the machinery failed.
"""

import argparse
import sys
from pathlib import Path

from . import command, comparison, page, terminal
from .evidence import EvidenceStore, write_atomically

FILES = ("scoreboard.json", "index.html", "status")


def main(arguments=None):
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    return command.guarded("scoreboard", report, Path(options.runs), Path(options.output), options.kernel,
                           list(dict.fromkeys(options.launchers)))


def report(runs, output, kernel, launchers):
    """Make the scoreboard in the folder `output` and show it on the terminal; returns the exit status.

    runs: the folder with a folder for each launcher, which holds the kernel's; launchers: names of these.
    A launcher's own report is in the folder of `output` that has its name.
    """
    command.begin(output, FILES)
    documents = {launcher: command.make(runs / launcher, output / launcher, [kernel])
                 for launcher in launchers}
    document = comparison.join(documents, kernel, command.time_of_report())
    stores = {launcher: EvidenceStore(output / launcher / "evidence") for launcher in launchers}
    for name, content in zip(FILES, (command.as_json(document), page.render_scoreboard(document, stores),
                                     f"{document['status']}\n".encode())):
        write_atomically(output / name, content)
    colour = terminal.use_colour(sys.stdout)
    sys.stdout.write(terminal.render_scoreboard(document, output / "index.html", colour))
    return document["status"]


def _parser():
    parser = argparse.ArgumentParser(prog="scoreboard", description="Put launchers side by side.",
                                     epilog="Exit status: 0 every launcher's suites ran to their end, "
                                            "2 usage or the machinery failed.")
    parser.add_argument("launchers", metavar="LAUNCHER", nargs="+", help="a folder of --runs")
    parser.add_argument("--kernel", required=True, metavar="ID", help="the kernel that they ran on")
    parser.add_argument("--runs", default="build/scoreboard/runs", metavar="DIR",
                        help="folder that holds a folder for each launcher (%(default)s)")
    parser.add_argument("--output", default="build/scoreboard", metavar="DIR",
                        help="folder of the scoreboard (%(default)s)")
    return parser
