"""Points as whole numbers (R0): no fractions."""

from typing import NewType

Points = NewType("Points", int)
"""Whole points as a bare number, for structs that are read and never calculated with."""

LARGEST_POINTS = 2**53 - 1
"""The most there can be: beyond it a JavaScript client would round."""
