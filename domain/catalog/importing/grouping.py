"""From rows to products: what belongs together, and what the table alone says is wrong with it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.catalog.content import ProductKind
from domain.catalog.importing.table import Column
from domain.kernel.csv_tables import NOT_A_NUMBER, Row
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, REPEATED

NOT_AN_AMOUNT = ProblemKind(
    "not_an_amount",
    Sentence(zh="须为以元为单位的金额，如 168 或 168.00。", en="Must be yuan, 168 or 168.00."),
)
DIFFERS = ProblemKind(
    "differs",
    Sentence(
        zh="与同一商品的第 {line} 行不一致。", en="Differs from row {line} of the same product."
    ),
)
NOT_A_KIND = ProblemKind(
    "not_a_kind",
    Sentence(
        zh="商品类型须为 physical（实物）或 virtual（虚拟）。",
        en="A kind is physical or virtual.",
    ),
)
PRODUCT_COLUMNS = (
    Column.TITLE_ZH,
    Column.TITLE_EN,
    Column.CATEGORY_CODE,
    Column.IMAGE_KEY,
    Column.TAGS,
    Column.MEMBER_LIMIT,
    Column.KIND,
)
"""What a product has one of: given in any of its rows, and the same wherever it is given."""
_YUAN = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,2}))?")
_NUMBER = re.compile(r"[0-9]{1,9}")
_KINDS = {
    "physical": ProductKind.PHYSICAL,
    "实物": ProductKind.PHYSICAL,
    "virtual": ProductKind.VIRTUAL,
    "虚拟": ProductKind.VIRTUAL,
}
_BETWEEN_TAGS = re.compile("[;；]")

Problems = dict[int, list[Problem]]
"""What is wrong, by row; the path of each is a column, or empty for the row as a whole."""


@dataclass(frozen=True, slots=True)
class ProductRows:
    """The rows of one product, and what the table alone says is wrong with them."""

    code: str
    rows: tuple[Row, ...]
    problems: Problems

    def cell(self, column: Column) -> str:
        """What the product has one of: the first cell that is not blank; empty without one."""
        return next(filter(None, (row.cell(column) for row in self.rows)), "")


def products_of(rows: Sequence[Row]) -> list[ProductRows]:
    """The products of a table, in the order of their first rows.

    A row without a code is a product of its own. A SKU under two codes is wrong in all its rows,
    so that nothing depends on which comes first.
    """
    together: dict[object, list[Row]] = defaultdict(list)
    codes_of: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        code, sku = row.cell(Column.CODE), row.cell(Column.SKU)
        together[code or row.line].append(row)
        codes_of[sku].add(code)
    shared = {sku for sku, codes in codes_of.items() if len(codes) > 1}
    return [_product(each, shared) for each in together.values()]


def fen_of(yuan: str) -> int | None:
    """The amount in whole fen; None for what is no amount."""
    found = _YUAN.fullmatch(yuan)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def tag_codes(cell: str) -> list[str]:
    """The codes in a cell of tags."""
    return [code for each in _BETWEEN_TAGS.split(cell) if (code := each.strip())]


def kind_of(cell: str) -> ProductKind | None:
    """The kind of a product, by its word or as the Chinese say; None for what is none."""
    return _KINDS.get(cell.lower())


def _product(rows: Sequence[Row], shared_skus: set[str]) -> ProductRows:
    problems: Problems = {}
    seen: set[str] = set()
    first: dict[Column, Row] = {}
    for row in rows:
        found = [*row.problems, *_of_row(row), *_of_sku(row, seen, shared_skus)]
        found += _differing(row, first)
        if found:
            problems[row.line] = found
    return ProductRows(rows[0].cell(Column.CODE), tuple(rows), problems)


def _of_row(row: Row) -> Iterator[Problem]:
    if not row.cell(Column.CODE):
        yield MISSING.at(Column.CODE)
    price = row.cell(Column.PRICE_YUAN)
    if price and fen_of(price) is None:
        yield NOT_AN_AMOUNT.at(Column.PRICE_YUAN)
    for column in (Column.MEMBER_LIMIT, Column.WEIGHT_GRAMS):
        if (number := row.cell(column)) and not _NUMBER.fullmatch(number):
            yield NOT_A_NUMBER.at(column)
    if (kind := row.cell(Column.KIND)) and kind_of(kind) is None:
        yield NOT_A_KIND.at(Column.KIND)
    tags = tag_codes(row.cell(Column.TAGS))
    for tag in sorted({tag for tag in tags if tags.count(tag) > 1}):
        yield REPEATED.at(Column.TAGS, value=tag)


def _of_sku(row: Row, seen: set[str], shared: set[str]) -> Iterator[Problem]:
    sku = row.cell(Column.SKU)
    if not sku:
        yield MISSING.at(Column.SKU)
    elif sku in seen or sku in shared:
        yield REPEATED.at(Column.SKU, value=sku)
    seen.add(sku)


def _differing(row: Row, first: dict[Column, Row]) -> Iterator[Problem]:
    for column in PRODUCT_COLUMNS:
        if cell := row.cell(column):
            before = first.setdefault(column, row)
            if before.cell(column) != cell:
                yield DIFFERS.at(column, line=before.line)
