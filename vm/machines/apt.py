# SPDX-License-Identifier: Apache-2.0
"""Packages from the Debian archive by the ordinary apt client, with a state of its own.

The system's package state is neither read nor written; signatures are always
checked (apt-secure(8)).
"""
import functools
import re
import subprocess

from . import tools
from .errors import MachineError

#: What the machine's apt configuration may say about transport and clock; nothing else of it is used.
HOST_SETTINGS = re.compile(r'^Acquire::(https?::|Check-Date|Check-Valid-Until|Retries)\S* ".*";$')

CONFIGURATION = """\
{host}
Dir::Etc::parts "/dev/null";
Dir::Etc::main "/dev/null";
Dir::Etc::sourcelist "{directory}/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::trusted "/dev/null";
Dir::Etc::trustedparts "/dev/null";
Dir::State "{directory}/state";
Dir::State::status "{directory}/status";
Dir::Cache "{directory}/cache";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::http::Timeout "30";
"""

ADVICE = "check the network and the mirror (REDPROOF_MIRROR overrides it)"


def host_settings():
    """Return the lines of the machine's apt configuration that concern transport (a proxy, say)."""
    dump = tools.run(["apt-config", "dump"], "read apt's configuration", "repair it: apt-config dump")
    return [line for line in dump.splitlines() if HOST_SETTINGS.match(line)]


def compare_versions(a, b):
    """Order two Debian versions: negative, zero or positive, as dpkg does."""
    for relation, result in (("lt", -1), ("gt", 1)):
        argv = [tools.find("dpkg"), "--compare-versions", a, relation, b]
        if subprocess.run(argv, check=False).returncode == 0:
            return result
    return 0


class Archive:
    """The suites of a mirror, each read once, when first asked for.

    mirror: sources.Mirror. directory: an empty pathlib.Path that the caller removes.
    """

    def __init__(self, mirror, directory):
        self.mirror = mirror
        self.directory = directory
        self.settings = host_settings()
        self.suites = {}

    def _environment(self, suite):
        return {"APT_CONFIG": str(self.directory / suite / "apt.conf")}

    def open(self, suite):
        """Fetch the signed package list of a suite; MachineError when that cannot be done."""
        if suite not in self.suites:
            self.suites[suite] = self._update(suite)
        if self.suites[suite] is not None:
            raise self.suites[suite]

    def _update(self, suite):
        home = self.directory / suite
        for name in ("state/lists/partial", "cache/archives/partial"):
            (home / name).mkdir(parents=True)
        (home / "status").touch()
        (home / "debian.sources").write_text(self.mirror.source(suite))
        (home / "apt.conf").write_text(CONFIGURATION.format(host="\n".join(self.settings), directory=home))
        try:
            tools.run(["apt-get", "--error-on=any", "update"],
                      f"read the package list of Debian {suite}", ADVICE, env=self._environment(suite))
        except MachineError as error:
            return error
        return None

    def newest(self, suite, pattern):
        """Return (package, version) of the newest package whose whole name matches, or None."""
        self.open(suite)
        env = self._environment(suite)
        what = f"search Debian {suite}"
        prefix = re.match(r"[a-z-]*", pattern)[0]
        names = tools.run(["apt-cache", "pkgnames", prefix], what, ADVICE, env=env).split()
        names = sorted(name for name in names if re.fullmatch(pattern, name))
        if not names:
            return None
        text = tools.run(["apt-cache", "show", *names], what, ADVICE, env=env)
        found = re.findall(r"^Package: (\S+)\n(?:.+\n)*?Version: (\S+)", text, re.MULTILINE)
        return max(found, key=functools.cmp_to_key(lambda a, b: compare_versions(a[1], b[1])))

    def find(self, what, suites, patterns, say):
        """Return (suite, package, version): the first pattern that any suite has, the newest there.

        what: for the lines of say(text), which tells of suites that cannot be read, and for the error.
        """
        failures = []
        for pattern in patterns:
            for suite in suites:
                try:
                    found = self.newest(suite, pattern)
                except MachineError as error:
                    failures.append(str(error))
                    continue
                if found:
                    for failure in failures[:1]:
                        say(f"{what}: {failure}")
                    return suite, *found
        why = failures[0] if failures else f"no package {patterns[0]} in {', '.join(suites)}; " \
            "adapt the list that names it"
        raise MachineError(f"cannot fetch {what}: {why}")

    def download(self, suite, package, version, directory):
        """Download one package into a directory; return its pathlib.Path."""
        tools.run(["apt-get", "download", f"{package}={version}"], f"download {package} {version}", ADVICE,
                  cwd=directory, env=self._environment(suite))
        return next(directory.glob(f"{package}_*.deb"))
