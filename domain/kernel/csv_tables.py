"""Tables as people send them: from bytes to rows of named cells, and nothing of meaning."""

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO

from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, REPEATED, TOO_LONG, TOO_MANY

NOT_A_TABLE = ProblemKind(
    "not_a_table",
    Sentence(
        zh="第 {line} 行附近不是有效的 CSV。", en="Near line {line} the file is no valid CSV."
    ),
)
NOT_TEXT = ProblemKind(
    "not_text",
    Sentence(
        zh="文件须为 UTF-8 或 GB18030 编码的文本。",
        en="The file must be text in UTF-8 or GB18030.",
    ),
)
UNKNOWN_COLUMN = ProblemKind(
    "unknown_column", Sentence(zh="没有名为“{value}”的列。", en='There is no column "{value}".')
)
BEYOND_HEADER = ProblemKind(
    "beyond_header",
    Sentence(zh="此行的单元格比表头多。", en="The row has more cells than the header has columns."),
)
NOT_A_NUMBER = ProblemKind("not_a_number", Sentence(zh="须为整数。", en="Must be a whole number."))
MOST_ROWS = 20_000
LONGEST_CELL = 2_000

_NOTHING: tuple[int, list[str]] = (1, [])


class TableRefused(Exception):
    """The bytes are no such table, and why; the path is a column, or empty."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet counts, its cells without outer blanks."""

    line: int
    cells: Mapping[str, str]
    problems: tuple[Problem, ...] = field(default=())

    def cell(self, column: str) -> str:
        """The cell, empty where the table does not have the column."""
        return self.cells.get(column, "")


def read_table(content: bytes, known: Collection[str], required: Collection[str]) -> list[Row]:
    """The rows of a table with some of the known columns, without blank ones.

    Commas between cells, quotes and line ends as spreadsheets write them; UTF-8, with or without
    a mark, or GB18030. Raises `TableRefused`.
    """
    lines = _records(_decoded(content))
    _, header = next(lines, _NOTHING)
    columns = _columns(header, known, required)
    rows = [_row(line, record, columns) for line, record in lines if any(map(str.strip, record))]
    if not rows:
        raise TableRefused(MISSING.at(""))
    if len(rows) > MOST_ROWS:
        raise TableRefused(TOO_MANY.at("", most=MOST_ROWS))
    return rows


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            # A lone half of a pair can be read and never be stored.
            text.encode()
        except UnicodeError:
            continue
        return text
    raise TableRefused(NOT_TEXT.at(""))


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise TableRefused(NOT_A_TABLE.at("", line=reader.line_num)) from error


def _columns(header: Sequence[str], known: Collection[str], required: Collection[str]) -> list[str]:
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in known:
            raise TableRefused(UNKNOWN_COLUMN.at("", value=name[:LONGEST_CELL]))
    for name, count in Counter(names).items():
        if count > 1:
            raise TableRefused(REPEATED.at(name, value=name))
    for name in required:
        if name not in names:
            raise TableRefused(MISSING.at(name))
    return names


def _row(line: int, record: Sequence[str], columns: Sequence[str]) -> Row:
    cells: dict[str, str] = {}
    problems: list[Problem] = []
    for column, text in zip(columns, record, strict=False):
        cells[column] = text.strip()
        if len(cells[column]) > LONGEST_CELL:
            problems.append(TOO_LONG.at(column, most=LONGEST_CELL))
            cells[column] = ""
    if any(map(str.strip, record[len(columns) :])):
        problems.append(BEYOND_HEADER.at(""))
    return Row(line, cells, tuple(problems))
