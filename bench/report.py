"""What a benchmark leaves behind: a table for people, and JSON lines for comparisons."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import orjson

from bench.benchmark import Column, Outcome

RESULTS = Path(__file__).parent / "results"
_ROOT = Path(__file__).parent.parent


def table(outcome: Outcome) -> str:
    """Draw the table that is printed."""
    lines = [[column.heading for column in outcome.columns]]
    lines += [[_cell(row[each.field], each) for each in outcome.columns] for row in outcome.rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    drawn = [_line(line, widths, outcome.rows[0], outcome.columns) for line in lines]
    rule = "  ".join("-" * width for width in widths)
    told = ["", *(goal.told() for goal in outcome.goals)] if outcome.goals else []
    return "\n".join([outcome.title, "", drawn[0], rule, *drawn[1:], "", *outcome.notes, *told])


def write(name: str, outcome: Outcome, folder: Path, *, at: datetime) -> Path:
    """Write one JSON line for each row, each with the facts of the machine; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{at:%Y%m%dT%H%M%SZ}.jsonl"
    facts = {"benchmark": name, "at": at, "machine": machine()}
    with path.open("wb") as file:
        for row in outcome.rows:
            file.write(orjson.dumps({**facts, **row}, option=orjson.OPT_APPEND_NEWLINE))
    return path


def machine() -> Mapping[str, object]:
    """Say what the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "load": [round(each, 2) for each in os.getloadavg()],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": _commit(),
    }


def _commit() -> str | None:
    """Name the commit, with ``-dirty`` when the checkout differs from it; None without git."""
    git = shutil.which("git")
    if git is None:
        return None
    described = subprocess.run(  # noqa: S603 - only our own words
        [git, "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or None


def _cell(value: object, column: Column) -> str:
    return f"{value:,.{column.digits}f}" if isinstance(value, int | float) else str(value)


def _line(
    cells: list[str],
    widths: list[int],
    sample: Mapping[str, object],
    columns: tuple[Column, ...],
) -> str:
    """Put words to the left and figures to the right."""
    return "  ".join(
        cell.ljust(width) if isinstance(sample[column.field], str) else cell.rjust(width)
        for cell, width, column in zip(cells, widths, columns, strict=True)
    ).rstrip()
