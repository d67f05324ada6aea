# SPDX-License-Identifier: Apache-2.0
"""What the commands redvm and matrix have in common: options, messages, signals, exit statuses."""
import argparse
import contextlib
import signal
import sys

from . import supervision
from .errors import EXIT_FAILURE, Interrupted, MachineError


class Parser(argparse.ArgumentParser):
    """Says what is wrong on one line."""

    def error(self, message):
        """Print the line and exit."""
        command = self.prog.split()[0]
        self.exit(EXIT_FAILURE, f"{command}: {message}; see {self.prog} --help\n")


def split(argv):
    """Return (arguments of ours, command): what stands before and after the first `--`."""
    cut = argv.index("--") if "--" in argv else len(argv)
    return argv[:cut], argv[cut + 1:]


def message(command, text):
    """Print one line of the command `command` to standard error."""
    print(f"{command}: {text}", file=sys.stderr, flush=True)


def positive(text):
    """Parse a number of seconds above zero."""
    number = float(text)
    if not 0 < number < 1e9:
        raise ValueError(text)
    return number


positive.__name__ = "number of seconds"


def add_limits(parser, timeout=True):
    """Add the options of the limits."""
    if timeout:
        parser.add_argument("--timeout", metavar="S", type=positive, default=supervision.TIMEOUT_SECONDS,
                            help="end the guest after S seconds (default: %(default)s)")
    parser.add_argument("--silence", metavar="S", type=positive, default=supervision.SILENCE_SECONDS,
                        help="end the guest when its process 1 gives no sign of life for S seconds; "
                        "it gives one every 5 seconds, whatever the command does (default: %(default)s)")


@contextlib.contextmanager
def signals_end_us():
    """Let ^C, SIGTERM and a hang-up end the command through its clean-up, once."""
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def on_signal(number, _):
        for each in wanted:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    before = {number: signal.signal(number, on_signal) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def guarded(command, function, *arguments):
    """Call a function that returns an exit status; turn its failures into one line and a status."""
    try:
        with signals_end_us():
            return function(*arguments)
    except Interrupted as interruption:
        message(command, f"interrupted by {signal.Signals(interruption.number).name}; nothing is left behind")
        return 128 + interruption.number
    except MachineError as error:
        message(command, error)
    except OSError as error:
        message(command, f"cannot go on: {error}; check space and permissions")
    return EXIT_FAILURE
