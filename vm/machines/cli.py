# SPDX-License-Identifier: Apache-2.0
"""The command redvm."""
import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

from . import built, cache, front, guest, kernels, packaged, rootfs, supervision
from .errors import EXIT_FAILURE, MachineError

EPILOG = """\
exit status:
  run, shell: the command's own, 128+N when signal N ended it; list, fetch, build, config: 0
  2           redvm's own failure or wrong usage, with a line `redvm: ...`; run.json tells it apart from a
              command that ended with 2 (outcome "exited")
  130, 143    interrupted (^C, SIGTERM); QEMU and temporary files are gone

environment:
  REDPROOF_MIRROR       Debian mirror to use instead of the one in apt's configuration: URI [URI-OF-SECURITY]
  REDPROOF_ACCELERATOR  kvm or tcg instead of trying
  XDG_CACHE_HOME        the cache is its folder redproof (default: ~/.cache/redproof)
"""

RUN = """\
Boot a kernel in a virtual machine and run COMMAND in it as root, in /redproof. Its standard output, standard
error and exit status come back. The guest has two processors, two NUMA nodes, 1 GiB of memory, a swap device
(/dev/redproof/swap), an unused block device (/dev/redproof/spare), audit, and no network but loopback.
"""


def say(text):
    """Print a line of progress or an error."""
    front.message("redvm", text)


def make_parser():
    """Return the parser of redvm's options; what follows `--` is not for it."""
    parser = front.Parser(prog="redvm", epilog=EPILOG,
                          description="Fetch Debian's kernels and run commands in guests that run them.",
                          formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, function, help, **more):
        sub = commands.add_parser(name, help=help, epilog=EPILOG,
                                  formatter_class=argparse.RawDescriptionHelpFormatter, **more)
        sub.set_defaults(function=function)
        return sub

    command("list", list_kernels, "the kernels, and what of them is in the cache",
            description="List the kernels of vm/kernels.yaml and fixtures/kernels, and what is in the cache.")
    sub = command("fetch", fetch, "put kernels and the root file system into the cache",
                  description="Put kernels and the guests' root file system into the cache.")
    sub.add_argument("kernels", metavar="KERNEL", nargs="*")
    sub.add_argument("--all", action="store_true", help="all kernels of the list")
    sub.add_argument("--update", action="store_true",
                     help="get newer packages of what is there already, and remove old root file systems")
    sub = command("build", build, "build kernels that lack a feature",
                  description="Build kernels of fixtures/kernels from Debian's sources, into the cache. "
                  "The first takes some minutes.")
    sub.add_argument("kernels", metavar="KERNEL", nargs="*")
    sub.add_argument("--all", action="store_true", help="all that are built")
    sub.add_argument("--update", action="store_true", help="get newer sources first")
    sub = command("config", config, "print the configuration that a kernel was built with",
                  description="Print the configuration that a kernel was built with; its package has it.")
    sub.add_argument("kernel", metavar="KERNEL", help="a kernel of `redvm list`")
    sub = command("run", run, "run a command in a guest", description=RUN,
                  usage="redvm run [options] (KERNEL | --kernel-image FILE) -- COMMAND [ARGUMENT...]")
    sub.add_argument("kernel", metavar="KERNEL", nargs="?", help="a kernel of `redvm list`")
    sub.add_argument("--kernel-image", metavar="FILE", help="a kernel image of your own (bzImage) instead")
    sub.add_argument("--output", metavar="DIR", type=Path,
                     help="put what COMMAND leaves in /output here, with run.json and console.log; "
                     "results of an earlier run are removed first")
    sub.add_argument("--input", metavar="DIR", type=Path, help="copy DIR to /input in the guest")
    front.add_limits(sub)
    sub = command("shell", shell, "an interactive shell in a guest",
                  description="Open a shell in a guest on this terminal; exit or ^D ends it.")
    sub.add_argument("kernel", metavar="KERNEL", help="a kernel of `redvm list`")
    front.add_limits(sub, timeout=False)
    return parser


def list_kernels(options, _):
    """redvm list."""
    keep = cache.Cache()
    for kernel in kernels.catalogue().values():
        name = kernel.cached_as(keep)
        record = keep.record(name) if name else None
        state = "{release}  {package} {version}".format(**record) if record else kernel.absent
        print(f"{kernel.id:18} {state}")
    return 0


def chosen_of(options, known, what):
    """Return the kernels of a list that the options name."""
    if not options.kernels and not options.all:
        raise MachineError(f"nothing to {what}: name kernels, or give --all; see redvm list")
    return list(known.values()) if options.all else kernels.select(options.kernels, known)


def make_each(chosen, make):
    """Make kernels that can be made; return the exit status, 2 when some could not."""
    failures = 0
    for kernel in chosen:
        try:
            with make(kernel) as image:
                say(f"{kernel.id}: {image.package} {image.version} is in the cache")
        except MachineError as error:
            say(error)
            failures += 1
    return EXIT_FAILURE if failures else 0


def fetch(options, _):
    """redvm fetch: all that can be had; 2 when something could not."""
    chosen = chosen_of(options, packaged.catalogue(), "fetch")
    keep = cache.Cache()
    store = kernels.Store(keep, say)
    status = make_each(chosen, lambda kernel: store.image(kernel, options.update))
    rootfs.image(keep, say, options.update).close()
    return status


def build(options, _):
    """redvm build: all that can be built; 2 when something could not."""
    chosen = chosen_of(options, built.catalogue(), "build")
    keep = cache.Cache()
    if options.update:
        chosen[0].prepare(keep, say, refresh=True)
    return make_each(chosen, kernels.Store(keep, say).image)


def config(options, _):
    """redvm config."""
    chosen, = kernels.select([options.kernel], kernels.catalogue())
    with kernels.Store(cache.Cache(), say).image(chosen) as image:
        if "config" not in image.parts:
            raise MachineError(f"cannot print the configuration of {chosen.id}: {image.package} has none; "
                               "choose another kernel")
        image.parts["config"].seek(0)
        shutil.copyfileobj(image.parts["config"], sys.stdout.buffer)
    return 0


def execute(job, kernel, own):
    """Run a job; write run.json and console.log when it has an output directory; return the exit status."""
    record = guest.Record({"id": kernel or str(own), "package": None, "version": None, "digest": None})
    chosen = kernels.select([kernel], kernels.catalogue())[0] if kernel else None
    if job.output:
        guest.prepare_output(job.output)
    try:
        keep = cache.Cache()
        image = kernels.Store(keep, say).image(chosen) if chosen else kernels.own_image(own)
        with image:
            guest.run(keep, image, job, record, say)
    except MachineError as error:
        record.result.outcome, record.result.status, record.result.error = "failed", None, str(error)
        say(error)
        return EXIT_FAILURE
    finally:
        if job.output:
            (job.output / guest.RECORD).write_text(record.as_json())
    result = record.result
    if result.outcome == "exited":
        return result.status
    say(f"{record.kernel['id']}: the guest {result.error}")
    for line in record.last_lines:
        print(f"  console: {line}", file=sys.stderr)
    return EXIT_FAILURE


def writer(stream):
    """Return a sink that passes bytes on to one of our own streams at once."""
    def write(data):
        try:
            stream.buffer.write(data)
            stream.flush()
        except BrokenPipeError as error:
            raise MachineError("cannot pass on the command's output: nobody reads it any more") from error
    return write


def run(options, argv):
    """redvm run."""
    if bool(options.kernel) == bool(options.kernel_image):
        raise MachineError("which kernel? Give either a KERNEL of redvm list or --kernel-image FILE")
    if not argv:
        raise MachineError("nothing to run: give the command after --")
    if options.input and not options.input.is_dir():
        raise MachineError(f"cannot copy the input {options.input}: it is not a directory; give one")
    job = guest.Job(argv, options.input, options.output,
                    sinks={"out": writer(sys.stdout), "err": writer(sys.stderr)},
                    limits=supervision.Limits(options.timeout, options.silence))
    return execute(job, options.kernel, options.kernel_image)


def shell(options, _):
    """redvm shell."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise MachineError("cannot open a shell: standard input and output are no terminal; use redvm run")
    columns, rows = shutil.get_terminal_size()
    start = f"stty rows {rows} cols {columns}; exec bash -l"
    say(f"a shell on {shlex.quote(options.kernel)}; it ends with exit or ^D")
    job = guest.Job(["sh", "-c", start], terminal=True, limits=supervision.Limits(None, options.silence),
                    environment={"TERM": os.environ.get("TERM", "vt100")})
    return execute(job, options.kernel, None)


def redvm(argv):
    """Run redvm with the given arguments; return its exit status."""
    own, command = front.split(argv)
    options = make_parser().parse_args(own)
    return front.guarded("redvm", options.function, options, command)
