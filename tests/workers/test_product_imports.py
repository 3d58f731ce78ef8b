"""Imports through their sweep: whole products or none, on after a crash, nothing twice."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text

from domain.catalog import models
from domain.catalog.importing import actions
from domain.catalog.importing.models import ProductImport
from domain.kernel.db import Database
from domain.media.models import Upload
from domain.media.table_jobs import CLAIM_LIFE, RETENTION
from domain.staff.models import AuditEntry
from tests import imports
from tests.imports import row, table
from tests.workers.import_desk import Desk
from workers.product_imports import forget_product_imports
from workers.tools import Tools


def failure_of(state: ProductImport) -> dict[str, Any]:
    """Why an import failed."""
    assert state.failure
    return state.failure


async def test_a_table_becomes_drafts_with_an_audit_row_for_each_product(desk: Desk):
    import_id = await desk.run(
        table(
            [
                row("P-1", "A", price_yuan="168", tags="NEW；GIFT", member_limit="2"),
                row("P-1", "B", price_yuan="168.5", title_zh="", category_code=""),
                row("P-2", "C", price_yuan="0.05"),
            ]
        )
    )
    state = await desk.state(import_id)
    assert (state.status, state.created, state.row_count) == ("done", 3, 3)
    assert await desk.outcomes(import_id) == {2: "created", 3: "created", 4: "created"}
    async with desk.database.writes() as session:
        products = {each.code: each for each in await session.scalars(select(models.Product))}
        found = await session.scalars(select(models.Variant))
        prices = {each.sku: each.price_fen.fen for each in found}
        entries = (await session.scalars(select(AuditEntry))).all()
    assert {each.status for each in products.values()} == {"draft"}
    assert (products["P-1"].title_zh, products["P-1"].member_limit) == ("山茶", 2)
    assert prices == {"A": 16800, "B": 16850, "C": 5}
    assert await desk.count(models.ProductTag) == 2
    assert {(each.action, each.actor, each.reason) for each in entries} == {
        ("product.create", imports.OPERATOR.key, "换季")
    }
    assert {each.subject_id for each in entries} == {each.id for each in products.values()}


async def test_blank_cells_and_variants_that_are_not_in_the_table_stay(desk: Desk):
    await desk.run(table([row("P-1", "A"), row("P-1", "B")]))
    blank = dict.fromkeys(imports.COLUMNS, "")
    changes = [
        {**blank, "code": "P-1", "sku": "B", "price_yuan": "99.90"},
        {**row("P-1", "C"), "title_zh": "茉莉"},
    ]
    import_id = await desk.run(table(changes), seed=6)
    assert await desk.outcomes(import_id) == {2: "edited", 3: "edited"}
    async with desk.database.writes() as session:
        product = (await session.scalars(select(models.Product))).one()
        rows = await session.execute(
            select(models.Variant.sku, models.Variant.price_fen, models.Variant.title_zh).order_by(
                models.Variant.position
            )
        )
        variants = [(sku, price.fen, title) for sku, price, title in rows]
    assert (product.title_zh, product.title_en) == ("茉莉", "Camellia")
    assert variants == [("A", 16800, "瓶"), ("B", 9990, "瓶"), ("C", 16800, "瓶")]


async def test_a_table_says_what_variants_weigh_and_a_blank_keeps_it(desk: Desk):
    await desk.run(table([row("P-1", "A", weight_grams="120"), row("P-1", "B")]))
    rows = [row("P-1", "A"), row("P-1", "B", weight_grams="64"), row("P-2", "C")]
    await desk.run(table(rows), seed=6)
    async with desk.database.writes() as session:
        found = await session.execute(
            select(models.Variant.sku, models.Variant.weight_grams).order_by(models.Variant.sku)
        )
        assert dict(found.all()) == {"A": 120, "B": 64, "C": 0}
    wrong = [row("P-3", "D", weight_grams="1.5"), row("P-4", "E", weight_grams="1000001")]
    import_id = await desk.run(table(wrong), seed=7)
    assert await desk.problems(import_id) == {
        2: [("weight_grams", "not_a_number")],
        3: [("weight_grams", "out_of_range")],
    }


async def test_a_table_says_what_is_virtual_and_that_stays(desk: Desk):
    note = {"delivery_note_zh": "凭手机号使用。", "delivery_note_en": "Say your phone number."}
    await desk.run(table([row("P-1", "A", kind="虚拟", **note), row("P-2", "B")]))
    rows = [
        row("P-1", "A", kind="virtual", delivery_note_en="Say your name."),
        row("P-2", "B", kind="virtual"),
        row("P-3", "C", kind="points_good"),
        row("P-4", "D", **note),
        row("P-5", "E", kind="virtual", delivery_note_zh="凭手机号使用。"),
    ]
    import_id = await desk.run(table(rows), seed=6)
    assert await desk.problems(import_id) == {
        3: [("kind", "kind_stays")],
        4: [("kind", "not_a_kind")],
        5: [("delivery_note_zh", "only_of_virtual")],
        6: [("delivery_note_en", "missing")],
    }
    async with desk.database.writes() as session:
        found = await session.execute(
            select(models.Product.kind, models.Variant.delivery_note_en)
            .join(models.Variant, models.Variant.product_id == models.Product.id)
            .order_by(models.Product.code)
        )
        assert [tuple(each) for each in found] == [("virtual", "Say your name."), ("physical", "")]


async def test_the_same_table_again_changes_nothing(desk: Desk):
    content = table([row("P-1", "A", tags="NEW"), row("P-1", "B"), row("P-2", "C")])
    await desk.run(content)
    before = [await desk.count(each) for each in (AuditEntry, models.PriceEntry)]
    import_id = await desk.run(content, seed=6)
    assert await desk.problems(import_id) == {}
    assert set((await desk.outcomes(import_id)).values()) == {"unchanged"}
    assert [await desk.count(each) for each in (AuditEntry, models.PriceEntry)] == before


async def test_what_is_wrong_is_told_where_it_stands_and_holds_the_product_back(desk: Desk):
    import_id = await desk.run(
        table(
            [
                row("P-1", "A"),
                row("P-1", "B", price_yuan="1,68", tags="NEW;NEW", title_zh="别的"),
                row("P-2", "C", category_code="NONE", tags="NONE", member_limit="0"),
                row("P-3", "D d", image_key="", variant_title_en="", price_yuan=""),
                row("", "E", member_limit="many"),
                row("P-4", "F"),
                row("P-5", "F"),
                row("P-6", ""),
                row("P-7", "G"),
            ]
        )
    )
    assert await desk.problems(import_id) == {
        2: [("code", "held_back")],
        3: [("price_yuan", "not_an_amount"), ("tags", "repeated"), ("title_zh", "differs")],
        4: [
            ("tags", "not_found"),
            ("member_limit", "out_of_range"),
            ("category_code", "not_found"),
        ],
        5: [
            ("price_yuan", "missing"),
            ("image_key", "missing"),
            ("sku", "not_a_code"),
            ("variant_title_en", "missing"),
        ],
        6: [("code", "missing"), ("member_limit", "not_a_number")],
        7: [("sku", "repeated")],
        8: [("sku", "repeated")],
        9: [("sku", "missing")],
    }
    state = await desk.state(import_id)
    assert (state.created, state.refused, state.held_back) == (1, 7, 1)
    assert await desk.skus() == {"P-7": {"G"}}


async def test_a_sku_of_another_product_and_an_archived_product_are_refused(desk: Desk):
    await desk.run(table([row("P-1", "A"), row("P-2", "B")]))
    async with desk.database.writes.begin() as session:
        await session.execute(text("UPDATE products SET status = 'archived' WHERE code = 'P-2'"))
    import_id = await desk.run(table([row("P-3", "A"), row("P-2", "B")]), seed=6)
    assert await desk.problems(import_id) == {2: [("sku", "taken")], 3: [("code", "archived")]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_table_is_read_as_spreadsheets_write_it(desk: Desk, encoding: str):
    rows = [row("P-1", "A", title_zh='山茶 "春"，\n限量', title_en="One, two")]
    import_id = await desk.run(table(rows, encoding=encoding))
    assert (await desk.state(import_id)).created == 1
    async with desk.database.writes() as session:
        product = (await session.scalars(select(models.Product))).one()
    assert (product.title_zh, product.title_en) == ('山茶 "春"，\n限量', "One, two")


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"", ("code", "missing")),
        (b"code,sku\n", ("", "missing")),
        (b"code,sku,colour\nP-1,A,red\n", ("", "unknown_column")),
        (b"code,sku,code\nP-1,A,P-1\n", ("code", "repeated")),
        (b"code\nP-1\n", ("sku", "missing")),
        (b'code,sku\nP-1,"A\n', ("", "not_a_table")),
        (b"code,sku\nP-1,\xff\xff\n", ("", "not_text")),
        (b"code,sku\n" + b"P-1,A\n" * 20_001, ("", "too_many")),
    ],
)
async def test_what_is_no_table_fails_and_says_why(
    desk: Desk, content: bytes, failure: tuple[str, str]
):
    state = await desk.state(await desk.run(content))
    assert state.status == "failed"
    assert (failure_of(state)["path"], failure_of(state)["code"]) == failure
    assert await desk.count(models.Product) == 0


def many(products: int) -> bytes:
    """A table of that many products with two variants each."""
    return table(
        [row(f"P-{number}", f"S-{number}-{each}") for number in range(products) for each in "ab"]
    )


async def test_after_a_crash_between_chunks_another_worker_goes_on_and_does_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(actions, "PRODUCTS_AT_ONCE", 3)
    import_id = await imports.asked(desk.database, desk.store, many(10))
    for done in (3, 6):
        await crash_after_one_chunk(desk, monkeypatch)
        state = await desk.state(import_id)
        assert (state.status, state.products_done) == ("running", done)
        assert await desk.count(models.Product) == await desk.count(AuditEntry) == done
        assert len(await desk.rows(import_id)) == state.created == 2 * done
        await desk.sweep()
        assert (await desk.state(import_id)).products_done == done
        desk.now += CLAIM_LIFE + timedelta(seconds=1)
    await desk.sweep()
    state = await desk.state(import_id)
    assert (state.status, state.created) == ("done", 20)
    assert await desk.count(AuditEntry) == await desk.count(models.Product) == 10
    assert await desk.count(models.PriceEntry) == 20


class Killed(BaseException):
    """The process ends here."""


async def crash_after_one_chunk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sweep write one chunk, and die within the transaction of the next."""
    chunks = Counter[str]()
    really = actions.write_products

    async def dying(*args: Any, **kwargs: Any) -> Any:
        chunks["begun"] += 1
        results = await really(*args, **kwargs)
        if chunks["begun"] == 2:
            raise Killed
        return results

    with monkeypatch.context() as patched:
        patched.setattr(actions, "write_products", dying)
        with pytest.raises(Killed):
            await desk.sweep()


async def test_a_chunk_that_cannot_be_written_now_rests_and_is_tried_again(
    desk: Desk, impatient: Database
):
    desk.database = impatient
    import_id = await imports.asked(desk.database, desk.store, many(2))
    async with desk.database.writes.begin() as session:
        await session.execute(text("SELECT pg_advisory_xact_lock(1128354881)"))
        await desk.sweep()
        assert (await desk.state(import_id)).status == "running"
    assert await desk.count(models.Product) == 0
    await desk.sweep()
    assert (await desk.state(import_id)).products_done == 0
    desk.now += timedelta(seconds=6)
    await desk.sweep()
    assert (await desk.state(import_id)).status == "done"


async def test_a_bug_fails_the_import_and_lets_others_pass(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    broken = await imports.asked(desk.database, desk.store, many(1))

    async def bug(*_args: object, **_kwargs: object) -> None:
        raise KeyError

    with monkeypatch.context() as patched:
        patched.setattr(actions, "write_products", bug)
        with pytest.raises(KeyError):
            await desk.sweep()
    state = await desk.state(broken)
    assert (state.status, failure_of(state)["code"]) == ("failed", "broken")
    other = await desk.run(many(1), seed=6)
    assert (await desk.state(other)).status == "done"


async def test_a_table_that_is_gone_or_was_changed_fails(desk: Desk):
    import_id = await imports.asked(desk.database, desk.store, many(1))
    async with desk.database.writes() as session:
        key = (await session.scalars(select(Upload.object_key))).one()
    assert key
    await desk.store.delete(key)
    await desk.sweep()
    assert failure_of(await desk.state(import_id))["code"] == "file_gone"


async def test_an_old_import_is_forgotten_with_its_table_and_no_other(desk: Desk):
    old = await desk.run(many(1))
    desk.now += RETENTION
    young = await desk.run(many(2), seed=6)
    desk.now += timedelta(seconds=1)
    tools = Tools(desk.database, lambda: desk.now, desk.store, Random(1))
    await forget_product_imports({"tools": tools})
    assert await desk.rows(old) == []
    assert (await desk.state(young)).status == "done"
    assert await desk.count(ProductImport) == await desk.count(Upload) == 1
    files = [path for path in desk.store.private_folder.rglob("*") if path.is_file()]
    assert len(files) == 1
