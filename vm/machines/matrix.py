# SPDX-License-Identifier: Apache-2.0
"""The command matrix: one command in many kernels, each in a guest of its own."""
import argparse
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import front, guest, kernels, packaged, paths, tools
from .errors import EXIT_FAILURE, MachineError

#: As many as are quickest on two processors.
GUESTS_AT_ONCE = 2

#: Without a terminal, a kernel's progress is printed at most this often.
PLAIN_SECONDS = 10
WIDTH = 80

EPILOG = """\
DIR/KERNEL/ holds run.json, console.log, stdout.txt, stderr.txt and what COMMAND left in /output.

exit status:
  0         COMMAND ran to its end in every kernel, whatever its own status
  2         in some kernel it did not, or wrong usage
  130, 143  interrupted
"""


class Progress:
    """Lines of several guests on one terminal or in one log.

    A terminal shows one line that changes, cut to its width, with the latest
    of each running guest; anything else gets some of the lines, whole.
    """

    def __init__(self, stream=sys.stdout):
        self.stream = stream
        self.live = stream.isatty()
        self.latest = {}
        self.printed = {}
        self.lock = threading.Lock()

    def line(self, kernel, text):
        """Show what a guest just wrote."""
        with self.lock:
            self.latest[kernel] = text
            if self.live:
                room = min(shutil.get_terminal_size().columns, WIDTH) // len(self.latest) - 1
                cells = [f"{name}: {last}"[:room].ljust(room) for name, last in self.latest.items()]
                print("\r\033[K" + " ".join(cells).rstrip(), end="", file=self.stream, flush=True)
            elif time.monotonic() - self.printed.get(kernel, float("-inf")) >= PLAIN_SECONDS:
                self.printed[kernel] = time.monotonic()
                print(f"{kernel}: {text}", file=self.stream, flush=True)

    def event(self, kernel, text):
        """Show something that must not be missed."""
        with self.lock:
            start = "\r\033[K" if self.live else ""
            print(f"{start}{kernel}: {text}", file=self.stream, flush=True)

    def done(self, kernel, text):
        """Show how a kernel's run ended."""
        self.event(kernel, text)
        with self.lock:
            self.latest.pop(kernel, None)


class Runner:
    """Runs redvm for each kernel, and can end all that run."""

    def __init__(self, options, command, progress):
        self.options = options
        self.command = command
        self.progress = progress
        self.processes = set()
        self.stopped = False
        self.lock = threading.Lock()

    def run(self, name, selection):
        """Run the command in one kernel; return whether it came to its end.

        name: of the folder and in the progress. selection: redvm's arguments that choose the kernel.
        """
        directory = self.options.runs / name
        given = ["--input", str(self.options.input)] if self.options.input else []
        argv = [str(paths.ROOT / "vm" / "redvm"), "run", *selection, *given, "--output", str(directory),
                "--timeout", str(self.options.timeout), "--silence", str(self.options.silence),
                "--", *self.command]
        with self.lock:
            if self.stopped:
                return False
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, process_group=0,
                                       preexec_fn=tools.die_with_parent)
            self.processes.add(process)
        started = time.monotonic()
        errors = []
        reader = threading.Thread(target=self._read_errors, args=(name, process.stderr, errors))
        reader.start()
        output = self._read_output(name, process.stdout)
        reader.join()
        status = process.wait()
        with self.lock:
            self.processes.discard(process)
        return self._conclude(name, directory, status, output, b"".join(errors), time.monotonic() - started)

    def _read_output(self, name, stream):
        lines = []
        for line in stream:
            lines.append(line)
            text = line.decode("utf-8", "replace").strip()
            if text:
                self.progress.line(name, text)
        return b"".join(lines)

    def _read_errors(self, name, stream, errors):
        for line in stream:
            errors.append(line)
            text = line.decode("utf-8", "replace").rstrip()
            if text.startswith(("redvm: ", "  console: ")):
                self.progress.event(name, text.removeprefix("redvm: ").removeprefix(f"{name}: "))

    def _conclude(self, name, directory, status, output, errors, seconds):
        record = guest.read_record(directory)
        if record:
            (directory / "stdout.txt").write_bytes(output)
            (directory / "stderr.txt").write_bytes(errors)
        ended = bool(record) and record["outcome"] == "exited"
        if ended:
            self.progress.done(name, f"ended with status {record['status']} after {seconds:.0f} s, "
                               f"booted in {record['boot_seconds']:.1f} s")
        else:
            self.progress.done(name, f"could not be run (redvm's status {status})")
        return ended

    def stop(self):
        """End every redvm; each stops its guest and cleans up."""
        with self.lock:
            self.stopped = True
            processes = list(self.processes)
        for process in processes:
            process.terminate()


def make_parser():
    """Return the parser of matrix's options; what follows `--` is not for it."""
    parser = front.Parser(prog="matrix", epilog=EPILOG,
                          usage="matrix [options] [KERNEL...] -- COMMAND [ARGUMENT...]",
                          description="Run COMMAND in a guest of each kernel, two guests at once.",
                          formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", metavar="KERNEL", nargs="*",
                        help="kernels of `redvm list` (default: all packaged ones, unless --kernel-image "
                        "is given)")
    parser.add_argument("--kernel-image", metavar="FILE", help="a kernel image of your own (bzImage)")
    parser.add_argument("--runs", metavar="DIR", type=Path, default=paths.ROOT / paths.BUILD / "runs",
                        help="where the results go (default: build/runs)")
    parser.add_argument("--input", metavar="DIR", type=Path, help="copy DIR to /input in each guest")
    front.add_limits(parser)
    return parser


def choose(options):
    """Return [(name, redvm's arguments)] of the kernels to run."""
    known = kernels.catalogue()
    names = options.kernels or ([] if options.kernel_image else list(packaged.catalogue()))
    chosen = [(kernel.id, [kernel.id]) for kernel in kernels.select(names, known)]
    if options.kernel_image:
        image = kernels.own_image(options.kernel_image)
        image.close()
        chosen.append((image.id, ["--kernel-image", options.kernel_image]))
    return chosen


def execute(options, command):
    """Run the command everywhere; return the exit status."""
    if not command:
        raise MachineError("nothing to run: give the command after --")
    chosen = choose(options)
    runner = Runner(options, command, Progress())
    with ThreadPoolExecutor(GUESTS_AT_ONCE) as pool:
        try:
            ended = list(pool.map(lambda kernel: runner.run(*kernel), chosen))
        except BaseException:
            runner.stop()
            raise
    print(f"{sum(ended)} of {len(chosen)} kernels ran to the end; results are in {options.runs}")
    return 0 if all(ended) else EXIT_FAILURE


def main(argv):
    """Run matrix with the given arguments; return its exit status."""
    own, command = front.split(argv)
    options = make_parser().parse_args(own)
    return front.guarded("matrix", execute, options, command)
