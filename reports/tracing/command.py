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
    output = Path(options.output)
    try:
        return report(Path(options.runs), output, options.kernel)
    except (registry.RegistryError, EvidenceError) as error:
        return _failed(error, output)
    except OSError as error:
        return _failed(f"cannot make the report in {output}: {error}", output)
    except Exception:
        # A defect of ours ends with 2: Python's own status for it, 1, is taken.
        traceback.print_exc()
        return _failed("a defect of the report, see above", output)


def report(runs_directory, output, kernels):
    """Make the report of the runs below `runs_directory` in the folder `output`; returns the exit status.

    kernels: the ids wanted, empty for all there are. A report that was there is removed first, so that a
    failure leaves none that could be taken for the new one; evidence is kept.
    """
    output.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (output / name).unlink(missing_ok=True)
    known = registry.load()
    store = EvidenceStore(output / "evidence")
    runs = load_runs(runs_directory, kernels, known.items())
    generated = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    document = model.build(known, runs, store, clauses.seeds_directory(), generated)
    text = json.dumps(document, indent=1, ensure_ascii=True) + "\n"
    contents = (text.encode(), junit.render(document), page.render(document, store),
                f"{document['status']}\n".encode())
    for name, content in zip(FILES, contents):
        write_atomically(output / name, content)
    sys.stdout.write(terminal.render(document, output / "index.html", terminal.use_colour(sys.stdout)))
    return document["status"]


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


def _failed(reason, output):
    print(f"traceability: {reason}", file=sys.stderr)
    with contextlib.suppress(OSError):
        write_atomically(output / FILES[-1], f"{model.BROKEN}\n".encode())
    return model.BROKEN
