# SPDX-License-Identifier: Apache-2.0
"""What goes wrong, as one line for the user."""

#: Exit status of redvm's and matrix's own failures and of wrong usage.
EXIT_FAILURE = 2


class MachineError(Exception):
    """A failure the user can understand: what was attempted, on what, why, what to do."""

    def __str__(self):
        return " ".join(super().__str__().split())


class Interrupted(BaseException):
    """A signal asked the command to end; `number` is the signal's."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number
