# SPDX-License-Identifier: Apache-2.0
"""An oracle for redprobe: what each kernel of the matrix must be found to offer, from independent sources.

`check` is the command, README.md describes it and the tables. What is known of a kernel, `facts`, comes
from the configuration that it was built with; the tables of fixtures/findings, `table`, say which part of
it decides a feature; `judge` compares that with what redprobe reported.
"""


class OracleError(Exception):
    """A table or a report cannot be used; the message is one line that names the file."""
