"""Writing some products of a table: what became of each row."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from domain.catalog import statements
from domain.catalog.actions.saving import Saved, problems_among, save
from domain.catalog.actions.wanted import Wanted
from domain.catalog.importing.grouping import Problems, ProductRows, tag_codes
from domain.catalog.importing.merging import Known, merged, problems_by_row
from domain.catalog.importing.models import RowOutcome
from domain.catalog.importing.table import Column
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence

HELD_BACK = ProblemKind(
    "held_back",
    Sentence(
        zh="同一商品的第 {line} 行有误，整个商品未导入。",
        en="Row {line} of the same product is wrong, so nothing of the product was imported.",
    ),
)


class RowResult(msgspec.Struct, frozen=True, gc=False):
    """What became of a row; a product only where it was written or needed no writing."""

    line: int
    code: str
    sku: str
    outcome: RowOutcome
    problems: list[dict[str, Any]]
    product_id: UUID | None


async def write_products(
    session: WriteSession, given: Sequence[ProductRows], *, reason: str, by: By
) -> list[RowResult]:
    """Write each product whose rows are all good, and answer for every row of all.

    Takes the catalogue's turn. A constant number of statements for any number of products.
    """
    await statements.take_turn(session)
    named = [each for each in given if each.code]
    known = await _known(session, named)
    stored = await statements.products_by_code(session, {each.code for each in named})
    wanted = {each.code: merged(each, stored.get(each.code), known, reason) for each in named}
    found = await problems_among(session, list(wanted.values()))
    wrong = {
        each.code: problems_by_row(each, wanted[each.code], found.get(each.code, []), known)
        for each in named
    }
    good = [each for code, each in wanted.items() if not wrong[code]]
    saved = await save(session, good, by) if good else []
    written = {each.content.code: (each, result) for each, result in zip(good, saved, strict=True)}
    results: list[RowResult] = []
    for each in given:
        if each.code in written:
            results += _written(each, *written[each.code])
        else:
            results += _refused(each, wrong.get(each.code, each.problems))
    return results


async def _known(session: WriteSession, given: Sequence[ProductRows]) -> Known:
    categories = {each.cell(Column.CATEGORY_CODE) for each in given}
    tags = {code for each in given for code in tag_codes(each.cell(Column.TAGS))}
    return Known(
        await statements.categories_by_code(session, categories),
        await statements.tags_by_code(session, tags),
    )


def _written(given: ProductRows, wanted: Wanted, saved: Saved) -> Iterator[RowResult]:
    outcome = RowOutcome.EDITED
    if wanted.stored is None:
        outcome = RowOutcome.CREATED
    elif wanted.stored.revision == saved.revision:
        outcome = RowOutcome.UNCHANGED
    for row in given.rows:
        yield RowResult(row.line, given.code, row.cell(Column.SKU), outcome, [], saved.product_id)


def _refused(given: ProductRows, problems: Problems) -> Iterator[RowResult]:
    held_back = [HELD_BACK.at(Column.CODE, line=min(problems))]
    for row in given.rows:
        own = problems.get(row.line)
        outcome = RowOutcome.REFUSED if own else RowOutcome.HELD_BACK
        told = [_stored(each) for each in own or held_back]
        yield RowResult(row.line, given.code, row.cell(Column.SKU), outcome, told, None)


def _stored(problem: Problem) -> dict[str, Any]:
    return {
        "path": str(problem.path),
        "code": problem.code,
        "particulars": dict(problem.particulars),
    }
