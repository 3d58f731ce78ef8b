"""What test processes that run side by side do for each other before they collect the tests."""

import contextlib
import sys
from importlib import import_module

import pytest

from tests.spreading import ROOT


def import_share(number: int, of: int) -> None:
    """Import one of so many shares of all modules of tests.

    To rewrite the asserts of a module takes longer than all else that is done to collect it, and
    pytest keeps what it has rewritten. All processes collect all modules in one order: none would
    be spared anything in a fresh checkout. So each begins with modules of its own.
    """
    if sys.dont_write_bytecode:
        return
    for path in sorted((ROOT / "tests").rglob("test_*.py"))[number::of]:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        # What is wrong with it is told when it is collected.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            import_module(name)
