"""A table of products as it was sent: from bytes to rows of named cells, and nothing of meaning."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
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
MOST_ROWS = 20_000
LONGEST_CELL = 2_000


class Column(StrEnum):
    """The columns that a table may have."""

    CODE = "code"
    TITLE_ZH = "title_zh"
    TITLE_EN = "title_en"
    CATEGORY_CODE = "category_code"
    IMAGE_KEY = "image_key"
    TAGS = "tags"
    MEMBER_LIMIT = "member_limit"
    SKU = "sku"
    VARIANT_TITLE_ZH = "variant_title_zh"
    VARIANT_TITLE_EN = "variant_title_en"
    PRICE_YUAN = "price_yuan"
    WEIGHT_GRAMS = "weight_grams"


REQUIRED = (Column.CODE, Column.SKU)
_NOTHING: tuple[int, list[str]] = (1, [])


class TableRefused(Exception):
    """The bytes are no table of products, and why; the path is a column, or empty."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet counts, its cells without outer blanks."""

    line: int
    cells: Mapping[Column, str]
    problems: tuple[Problem, ...] = field(default=())

    def cell(self, column: Column) -> str:
        """The cell, empty where the table does not have the column."""
        return self.cells.get(column, "")


def read_table(content: bytes) -> list[Row]:
    """The rows of a table, without blank ones; raises `TableRefused`.

    Commas between cells, quotes and line ends as spreadsheets write them; UTF-8, with or without
    a mark, or GB18030.
    """
    lines = _records(_decoded(content))
    _, header = next(lines, _NOTHING)
    columns = _columns(header)
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


def _columns(header: Sequence[str]) -> list[Column]:
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if name not in set(Column):
            raise TableRefused(UNKNOWN_COLUMN.at("", value=name[:LONGEST_CELL]))
    for name, count in Counter(names).items():
        if count > 1:
            raise TableRefused(REPEATED.at(name, value=name))
    for name in REQUIRED:
        if name not in names:
            raise TableRefused(MISSING.at(name))
    return [Column(name) for name in names]


def _row(line: int, record: Sequence[str], columns: Sequence[Column]) -> Row:
    cells: dict[Column, str] = {}
    problems: list[Problem] = []
    for column, text in zip(columns, record, strict=False):
        cells[column] = text.strip()
        if len(cells[column]) > LONGEST_CELL:
            problems.append(TOO_LONG.at(column, most=LONGEST_CELL))
            cells[column] = ""
    if any(map(str.strip, record[len(columns) :])):
        problems.append(BEYOND_HEADER.at(""))
    return Row(line, cells, tuple(problems))
