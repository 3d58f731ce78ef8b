"""Sets of rows know what their columns are, whichever table is imported first."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMPILE = """
import sys
from importlib import import_module
module, _, name = sys.argv[1].partition(":")
sys.stdout.write(getattr(import_module(module), name).sql)
"""


@pytest.mark.parametrize("statement", ["domain.stock.holding:_LOCK", "domain.stock.holding:_WRITE"])
def test_keys_of_tables_that_nobody_has_imported_are_ids(statement: str):
    compiled = subprocess.run(
        [sys.executable, "-c", COMPILE, statement],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert compiled.returncode == 0, compiled.stderr
    assert "UUID[]" in compiled.stdout
