"""What variants weigh: said by operators, told to everybody, and kept by who does not know it."""

from sqlalchemy import select

from domain.kernel.db import Database
from domain.staff.models import AuditEntry
from tests.api.catalog.desk import Desk, problems
from tests.api.catalog.desk import variant_input as variant
from tests.api.client import Api, statements_run

WEIGHTS = "query($id: ID!) { product(id: $id) { variants { sku weightGrams } } }"


async def test_a_weight_is_told_to_the_staff_and_to_everybody(api: Api):
    desk = Desk(api)
    heavy = variant("HAND-01-75", 9800, weightGrams=112)
    product = await desk.a_published_product(variants=[variant("HAND-01-30", 5800), heavy])
    assert [each["weightGrams"] for each in product["variants"]] == [0, 112]
    before = statements_run()
    told = await api.query(WEIGHTS, id=product["id"])
    assert statements_run() - before == 1
    assert told["data"]["product"]["variants"] == [
        {"sku": "HAND-01-30", "weightGrams": 0},
        {"sku": "HAND-01-75", "weightGrams": 112},
    ]


async def test_an_edit_that_gives_no_variants_keeps_what_they_weigh(api: Api):
    desk = Desk(api)
    product = await desk.a_product(variants=[variant("HAND-01-30", 5800, weightGrams=60)])
    product = await desk.step("EditProduct", product, memberLimit=2)
    assert [each["weightGrams"] for each in product["variants"]] == [60]


async def test_another_weight_is_a_change_with_an_audit_row_and_no_price(
    api: Api, database: Database
):
    desk = Desk(api)
    product = await desk.a_product(variants=[variant("HAND-01-30", 5800, weightGrams=60)])
    changed = [variant("HAND-01-30", 5800, weightGrams=64)]
    product = await desk.step("EditProduct", product, variants=changed)
    assert (product["revision"], product["variants"][0]["weightGrams"]) == (2, 64)
    async with database.writes() as session:
        last = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()))).first()
    assert last is not None
    for told, grams in ((last.before, 60), (last.after, 64)):
        assert told
        assert [each["weight_grams"] for each in told["variants"]] == [grams]
    history = await desk.read("PriceHistory", variantId=product["variants"][0]["id"])
    assert len(history["edges"]) == 1


async def test_a_weight_is_within_a_ton(api: Api):
    desk = Desk(api)
    shelf = await desk.a_category()
    wrong = [variant("A", 1, weightGrams=-1), variant("B", 1, weightGrams=1_000_001)]
    refused = await desk.do(
        "CreateProduct",
        code="HAND-01",
        title={"zh": "山茶", "en": "Camellia"},
        categoryId=shelf,
        imageKey="products/1.svg",
        variants=wrong,
    )
    assert problems(refused) == {
        ("variants.0.weightGrams", "out_of_range"),
        ("variants.1.weightGrams", "out_of_range"),
    }
