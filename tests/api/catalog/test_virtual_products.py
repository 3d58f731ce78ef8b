"""What is virtual of the catalogue: its kind, and what members read of it once they have it."""

from tests.api.catalog.desk import Desk, problems, product_input, text
from tests.api.catalog.desk import variant_input as variant
from tests.api.client import Api

NOTE = text("凭手机号使用。", "Say your phone number.")


async def test_the_staff_read_and_change_the_note(api: Api):
    desk = Desk(api)
    cards = [variant("CARD-1", 100, deliveryNote=NOTE), variant("CARD-2", 200)]
    product = await desk.a_product(kind="VIRTUAL", variants=cards)
    seen = await desk.read("StaffProduct", id=product["id"])
    assert seen["kind"] == "VIRTUAL"
    assert [each["deliveryNote"] for each in seen["variants"]] == [NOTE, None]
    changed = [variant("CARD-1", 100), variant("CARD-2", 200, deliveryNote=NOTE)]
    await desk.step("EditProduct", product, variants=changed)
    seen = await desk.read("StaffProduct", id=product["id"])
    assert [each["deliveryNote"] for each in seen["variants"]] == [None, NOTE]


async def test_what_is_virtual_has_no_engraving_and_no_weight(api: Api):
    desk = Desk(api)
    field = {"code": "name", "title": text("姓名"), "mostCharacters": 5, "alphabet": "ANY"}
    wrong = product_input(
        await desk.a_category(),
        kind="VIRTUAL",
        personalisation=[{**field, "price": 0}],
        variants=[variant("A", 1, weightGrams=5, deliveryNote=text(" ", "x" * 1_001))],
    )
    assert problems(await desk.do("CreateProduct", **wrong)) == {
        ("personalisation", "not_of_virtual"),
        ("variants.0.weightGrams", "not_of_virtual"),
        ("variants.0.deliveryNote.zh", "missing"),
        ("variants.0.deliveryNote.en", "too_long"),
    }


async def test_only_what_is_virtual_has_a_note(api: Api):
    desk = Desk(api)
    noted = product_input(await desk.a_category(), variants=[variant("A", 1, deliveryNote=NOTE)])
    refused = await desk.do("CreateProduct", **noted)
    assert problems(refused) == {("variants.0.deliveryNote", "only_of_virtual")}
    other = await desk.do("CreateProduct", **{**noted, "kind": "SERVICE"})
    assert ("kind", "not_yet") in problems(other)
