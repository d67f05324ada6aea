# SPDX-License-Identifier: Apache-2.0
"""The command `traceability`: read runs, write the report, print the table.

Exit status: 0 every item is proven (an item may instead be backed by a probe finding on kernels whose run
says `every_item: false`), 1 one is not or a source clause has changed, 2 usage, or the machinery failed.
"""

import argparse
import contextlib
import json
import sys
import traceback
from datetime import datetime, timezone
from pathlib import Path

import registry
from registry import clauses

from . import junit, model, page, terminal
from .evidence import EvidenceError, EvidenceStore, write_atomically
from .runs import load_runs

# `status` comes last: it is there only when the rest is.
FILES = ("traceability.json", "junit.xml", "index.html", "status")


def main(arguments=None):
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    return guarded("traceability", report, Path(options.runs), Path(options.output), options.kernel)


def guarded(command, function, source, output, *arguments):
    """Call `function(source, output, *arguments)`, which makes a report in the folder `output`.

    Returns the exit status: of the function, or BROKEN with one line of the command that says why.
    """
    try:
        return function(source, output, *arguments)
    except (registry.RegistryError, EvidenceError) as error:
        return _failed(command, error, output)
    except OSError as error:
        return _failed(command, f"cannot make the report in {output}: {error}", output)
    except Exception:
        # A defect of ours ends with 2: Python's own status for it, 1, is taken.
        traceback.print_exc()
        return _failed(command, "a defect of the report, see above", output)


def report(runs_directory, output, kernels):
    """Make the report and show it on the terminal; returns the exit status. Arguments as for make."""
    document = make(runs_directory, output, kernels)
    sys.stdout.write(terminal.render(document, output / "index.html", terminal.use_colour(sys.stdout)))
    return document["status"]


def begin(output, names):
    """Make the folder `output` and remove these files, the report that was there."""
    output.mkdir(parents=True, exist_ok=True)
    for name in names:
        (output / name).unlink(missing_ok=True)


def make(runs_directory, output, kernels):
    """Make the report of the runs below `runs_directory` in the folder `output`; returns its document.

    kernels: the ids wanted, empty for all there are. A report that was there is removed first, so that a
    failure leaves none that could be taken for the new one; evidence is kept.
    """
    begin(output, FILES)
    known = registry.load()
    store = EvidenceStore(output / "evidence")
    runs = load_runs(runs_directory, kernels, known.items())
    document = model.build(known, runs, store, clauses.seeds_directory(), time_of_report())
    for name, content in zip(FILES, (as_json(document), junit.render(document), page.render(document, store),
                                     f"{document['status']}\n".encode())):
        write_atomically(output / name, content)
    return document


def time_of_report():
    """Return what a document has as `generated`."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def as_json(document):
    """Return a document as bytes of JSON."""
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()


def _parser():
    parser = argparse.ArgumentParser(prog="traceability", description="Make the traceability report of runs.",
                                     epilog="Exit status: 0 every item is proven, 1 one is not, "
                                            "2 usage or the machinery failed.")
    parser.add_argument("--runs", default="build/runs", metavar="DIR",
                        help="folder that holds a folder for each kernel (%(default)s)")
    parser.add_argument("--output", default="build/report", metavar="DIR",
                        help="folder of the report (%(default)s)")
    parser.add_argument("--kernel", action="append", default=[], metavar="ID",
                        help="report this kernel; may be repeated (every folder of --runs)")
    return parser


def _failed(command, reason, output):
    print(f"{command}: {reason}", file=sys.stderr)
    with contextlib.suppress(OSError):
        write_atomically(output / FILES[-1], f"{model.BROKEN}\n".encode())
    return model.BROKEN
