"""What a product shall be: the rows of a table over what the database has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from domain.catalog.actions.saving import unchanged
from domain.catalog.actions.wanted import Wanted
from domain.catalog.content import ProductContent, ProductKind, ProductStatus, VariantContent
from domain.catalog.importing.grouping import Problems, ProductRows, fen_of, kind_of, tag_codes
from domain.catalog.importing.table import Column
from domain.catalog.statements import Stored
from domain.kernel.csv_tables import Row
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.problems import MISSING, NOT_FOUND

ARCHIVED = ProblemKind(
    "archived",
    Sentence(zh="商品已归档，请先恢复。", en="The product is archived; restore it first."),
)
KIND_STAYS = ProblemKind(
    "kind_stays",
    Sentence(
        zh="商品类型在创建后不能更改。", en="A product stays of the kind that it was created with."
    ),
)
_NOTHING = Bilingual("", "")
_NOWHERE = UUID(int=0)
"""Stands for a category that there is not; whoever looks for it says so."""
_VARIANT = re.compile(r"variants\.(\d+)\.(.+)")
_COLUMNS = {
    "code": Column.CODE,
    "title.zh": Column.TITLE_ZH,
    "title.en": Column.TITLE_EN,
    "categoryId": Column.CATEGORY_CODE,
    "imageKey": Column.IMAGE_KEY,
    "tagIds": Column.TAGS,
    "memberLimit": Column.MEMBER_LIMIT,
    "kind": Column.KIND,
    "variants": Column.SKU,
}
_VARIANT_COLUMNS = {
    "title.zh": Column.VARIANT_TITLE_ZH,
    "title.en": Column.VARIANT_TITLE_EN,
    "price": Column.PRICE_YUAN,
    "weightGrams": Column.WEIGHT_GRAMS,
    "deliveryNote": Column.DELIVERY_NOTE_ZH,
    "deliveryNote.zh": Column.DELIVERY_NOTE_ZH,
    "deliveryNote.en": Column.DELIVERY_NOTE_EN,
}


@dataclass(frozen=True, slots=True)
class Known:
    """The categories and tags that there are, by code."""

    categories: Mapping[str, UUID]
    tags: Mapping[str, UUID]


def merged(given: ProductRows, stored: Stored | None, known: Known, reason: str) -> Wanted:
    """The product as the rows want it; what they leave blank is as it was.

    What a new product lacks is left empty, for the rules to tell.
    """
    before = stored.content if stored else _empty(given)
    category, tags = given.cell(Column.CATEGORY_CODE), given.cell(Column.TAGS)
    limit = given.cell(Column.MEMBER_LIMIT)
    content = msgspec.structs.replace(
        before,
        title=Bilingual(
            given.cell(Column.TITLE_ZH) or before.title.zh,
            given.cell(Column.TITLE_EN) or before.title.en,
        ),
        category_id=known.categories.get(category, _NOWHERE) if category else before.category_id,
        image_key=given.cell(Column.IMAGE_KEY) or before.image_key,
        tag_ids=tuple(known.tags[each] for each in tag_codes(tags) if each in known.tags)
        if tags
        else before.tag_ids,
        # What is no number has been told already.
        member_limit=int(limit) if limit.isdecimal() else before.member_limit,
        variants=_variants(given, before.variants),
    )
    if stored is None:
        return Wanted(content, None, "product.create", reason)
    return replace(unchanged(stored, "product.edit", reason), content=content)


def problems_by_row(
    given: ProductRows, wanted: Wanted, found: Sequence[Problem], known: Known
) -> Problems:
    """All that is wrong with the product, each where a person has to look.

    ``found`` is what the rules say of the content. What the table alone says comes first; of a
    cell that is wrong already the rules are not asked.
    """
    problems = {line: list(each) for line, each in given.problems.items()}
    first = given.rows[0]
    if wanted.stored and wanted.stored.status is ProductStatus.ARCHIVED:
        _add(problems, first, ARCHIVED.at(Column.CODE))
    kind = kind_of(given.cell(Column.KIND))
    if wanted.stored and kind not in (None, wanted.content.kind):
        _add(problems, _row_with(given, Column.KIND), KIND_STAYS.at(Column.KIND))
    for tag in tag_codes(given.cell(Column.TAGS)):
        if tag not in known.tags:
            _add(problems, _row_with(given, Column.TAGS), NOT_FOUND.at(Column.TAGS))
    for row in given.rows:
        is_new = _standing(wanted, row.cell(Column.SKU)) is None
        if is_new and not row.cell(Column.PRICE_YUAN):
            _add(problems, row, MISSING.at(Column.PRICE_YUAN))
    for each in found:
        row, column = _place(given, wanted, each.path)
        is_blank = column in given.rows[0].cells and not row.cell(column)
        _add(problems, row, _told(each, column, is_blank=is_blank, given=given))
    return problems


def _told(problem: Problem, column: Column, *, is_blank: bool, given: ProductRows) -> Problem:
    """The same problem in the table's own words: nothing was not found where nothing stands."""
    is_lacking = is_blank or not any(column in row.cells for row in given.rows)
    if is_lacking and problem.code in ("not_found", "not_a_picture", "not_a_code"):
        return MISSING.at(column)
    return Problem(column, problem.code, problem.particulars)


def _add(problems: Problems, row: Row, problem: Problem) -> None:
    of_row = problems.setdefault(row.line, [])
    if all(each.path != problem.path for each in of_row):
        of_row.append(problem)


def _place(given: ProductRows, wanted: Wanted, path: str) -> tuple[Row, Column]:
    """The cell that a path into the content leads to; the first row's where it leads past all."""
    if found := _VARIANT.fullmatch(path):
        sku = wanted.content.variants[int(found[1])].sku
        for row in given.rows:
            if row.cell(Column.SKU) == sku:
                return row, _VARIANT_COLUMNS.get(found[2], Column.SKU)
    column = _COLUMNS.get(path, Column.CODE)
    return _row_with(given, column), column


def _row_with(given: ProductRows, column: Column) -> Row:
    return next((row for row in given.rows if row.cell(column)), given.rows[0])


def _empty(given: ProductRows) -> ProductContent:
    """The beginning of a new product; what is no kind has been told already."""
    return ProductContent(
        code=given.code,
        title=_NOTHING,
        category_id=_NOWHERE,
        image_key="",
        variants=(),
        kind=kind_of(given.cell(Column.KIND)) or ProductKind.PHYSICAL,
    )


def _variants(given: ProductRows, before: Sequence[VariantContent]) -> tuple[VariantContent, ...]:
    """The variants that stand, in their order, changed as the rows say, and then the new ones."""
    variants = {variant.sku: variant for variant in before}
    for row in given.rows:
        sku = row.cell(Column.SKU)
        old = variants.get(sku) or VariantContent(sku, _NOTHING, 0)
        fen = fen_of(row.cell(Column.PRICE_YUAN))
        grams = row.cell(Column.WEIGHT_GRAMS)
        variants[sku] = msgspec.structs.replace(
            old,
            title=Bilingual(
                row.cell(Column.VARIANT_TITLE_ZH) or old.title.zh,
                row.cell(Column.VARIANT_TITLE_EN) or old.title.en,
            ),
            price_fen=old.price_fen if fen is None else fen,
            # As with the limit: what is no number has been told already.
            weight_grams=int(grams) if grams.isdecimal() else old.weight_grams,
            delivery_note=_note(row, old.delivery_note),
        )
    return tuple(variants.values())


def _note(row: Row, before: Bilingual | None) -> Bilingual | None:
    """The delivery note of a row over what there was; None where there is none at all."""
    old = before or _NOTHING
    note = Bilingual(
        row.cell(Column.DELIVERY_NOTE_ZH) or old.zh, row.cell(Column.DELIVERY_NOTE_EN) or old.en
    )
    return None if note == _NOTHING else note


def _standing(wanted: Wanted, sku: str) -> VariantContent | None:
    """The variant as it was, where it was on sale."""
    before = wanted.stored.content.variants if wanted.stored else ()
    return next((each for each in before if each.sku == sku), None)
