# SPDX-License-Identifier: Apache-2.0
"""Check that JSON read from elsewhere has the shape that the code relies on.

A shape is a type (`int`, `(str, type(None))`), a dict of key to shape (further keys are allowed), a
one-element list for a list of that shape, `Words(...)` for one of some words, or `Map(shape)` for an
object of any keys.
"""

from dataclasses import dataclass


class ShapeError(Exception):
    """A value is not of its shape; the message names the place inside the value and what is wrong."""


class Words(tuple):
    """One of these words."""


@dataclass(frozen=True)
class Map:
    """An object with any keys, each value of `shape`."""

    shape: object


def expect(value, shape, where="it"):
    """Raise ShapeError unless `value` has `shape`; `where` begins the path that the message names."""
    if isinstance(shape, Words):
        if value not in shape:
            raise ShapeError(f"{where} is {value!r}, none of {', '.join(shape)}")
    elif isinstance(shape, dict):
        _expect_type(value, dict, where)
        for key, inner in shape.items():
            if key not in value:
                raise ShapeError(f"{where} has no {key!r}")
            expect(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, Map):
        _expect_type(value, dict, where)
        for key, inner in value.items():
            expect(inner, shape.shape, f"{where}.{key}")
    elif isinstance(shape, list):
        _expect_type(value, list, where)
        for index, inner in enumerate(value):
            expect(inner, shape[0], f"{where}[{index}]")
    else:
        _expect_type(value, shape, where)


def _expect_type(value, kinds, where):
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    # JSON's true is an int to Python, but no number to anybody who wrote the file.
    right = isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds or object in kinds)
    if not right:
        names = " or ".join("null" if isinstance(None, kind) else kind.__name__ for kind in kinds)
        raise ShapeError(f"{where} is {type(value).__name__}, expected {names}")
