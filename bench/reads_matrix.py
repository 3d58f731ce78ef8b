"""Reads again: of a small and a large mall, by one process and two, on few and many connections."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby

from bench import load
from bench.benchmark import Column, Effort, Outcome
from bench.contenders import Case, contenders
from bench.ground import Ground, fill, ground
from bench.reads import (
    COLUMNS,
    MEMBERS,
    NOTES,
    PRODUCTS,
    Promise,
    cases_ratios,
    goals,
    measured,
    prepare,
)
from sandbox.brand.seeding import Wish

LARGE = 100_000
MOST_CONNECTIONS = 256


@dataclass(frozen=True, slots=True)
class Cell:
    """A mall of so many products, served by so many processes, asked on so many connections."""

    products: int
    workers: int
    connections: int


CELLS = (
    *(Cell(PRODUCTS, 1, connections) for connections in (1, 4, 16, 64, MOST_CONNECTIONS)),
    *(Cell(PRODUCTS, 2, connections) for connections in (4, 64, MOST_CONNECTIONS)),
    *(Cell(LARGE, 1, connections) for connections in (4, 64)),
    Cell(LARGE, 2, 64),
)
"""Of all combinations those that tell most: each dimension by itself, and its ends together."""
MATRIX_COLUMNS = (
    Column("products", "products"),
    Column("processes", "workers"),
    Column("connections", "connections"),
    *COLUMNS,
    Column("refused", "refused"),
)
MATRIX_NOTES = (
    *NOTES,
    "refused: of all rounds, because the server was busy, as the mall is told to be with more than",
    "80 at once; sent again after a second. Latencies go until the answer.",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows of a cell, and the ratios of the goals."""

    rows: list[dict[str, object]]
    ratios: dict[Promise, float]


def run(effort: Effort) -> Outcome:
    """Measure all cells, each mall on ground of its own."""
    cells: list[Measured] = []
    with load.load_process() as gun:
        for products, of_mall in groupby(CELLS, key=lambda cell: cell.products):
            with _mall(products) as base:
                cells += measure(base, gun, list(of_mall), effort)
    return outcome(cells)


def measure(base: Ground, gun: load.Gun, cells: list[Cell], effort: Effort) -> list[Measured]:
    """Measure cells of one mall. Raises `LoadProblem` where servers differ in what they answer."""
    found: list[Measured] = []
    for cell in cells:
        # Started anew for each, so that no token is too old, nor any memory of a crowd before.
        with contenders(base, workers=cell.workers, are_all=False) as cases:
            prepare(base, gun, cases)
            found.append(cell_of(base, gun, cases, cell, effort))
    return found


def cell_of(base: Ground, gun: load.Gun, cases: list[Case], cell: Cell, effort: Effort) -> Measured:
    """Measure one cell, whose servers run."""
    rows = measured(base, gun, cases, replace(effort, connections=cell.connections))
    return Measured([{"products": cell.products, **row} for row in rows], cases_ratios(cases))


def outcome(cells: list[Measured]) -> Outcome:
    """The table of all cells."""
    rows = [row for cell in cells for row in cell.rows]
    title = f"reads: {len(cells)} cells of sizes, processes and connections"
    return Outcome(
        title, MATRIX_COLUMNS, rows, MATRIX_NOTES, goals([cell.ratios for cell in cells])
    )


@contextmanager
def _mall(products: int) -> Generator[Ground]:
    with ground() as base:
        fill(base, Wish(products=products, members=MEMBERS), with_phones=True)
        yield base
