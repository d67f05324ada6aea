# SPDX-License-Identifier: Apache-2.0
"""What redprobe found out about the running kernel."""

import json
import subprocess

LIMIT_SECONDS = 120


class ProbeError(Exception):
    """redprobe gave no findings; the message is one line."""


def findings(command):
    """Run `command --json` and return the object it prints. Raises ProbeError."""
    try:
        done = subprocess.run([str(command), "--json"], capture_output=True, check=True,
                              timeout=LIMIT_SECONDS)
        return json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode("utf-8", "replace").split())
        raise ProbeError(f"{command} ended with {error.returncode}: {said}") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ProbeError(f"{command} gave no findings: {error}") from error


def obstacle(features, needs):
    """Return (id, status, detail) of the first finding of `needs` that forbids a check, None without one.

    features: dict of id to finding. Raises ProbeError for an id that redprobe does not know.
    """
    for need in needs:
        if need not in features:
            raise ProbeError(f"redprobe has no finding {need}")
        if features[need]["status"] in ("unsupported", "restricted"):
            return need, features[need]["status"], features[need]["detail"]
    return None
