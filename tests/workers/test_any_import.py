"""Any table of good and bad rows comes out as a plain model says."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imports import row, table
from tests.workers.import_desk import Desk

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["P-1", "P-2", "P-3", "b d"]),
        st.sampled_from(["A", "B", "C", "D", "!"]),
        st.sampled_from(["1", "2.50", "x", ""]),
        st.sampled_from(["SCENT", "SCENT", "NONE", ""]),
    ),
    min_size=1,
    max_size=8,
)


def modelled(rows: list[tuple[str, str, str, str]]) -> dict[int, str]:
    """What becomes of each row of a new mall, said as plainly as possible."""
    bad: set[int] = set()
    for place, (code, sku, price, _) in enumerate(rows):
        mine = [(n, each) for n, each in enumerate(rows) if each[0] == code]
        shelves = [each[3] for _, each in mine if each[3]]
        is_first = mine[0][0] == place
        with_shelf = next((n for n, each in mine if each[3]), mine[0][0])
        wrong = [
            sku == "!",
            price in ("x", ""),
            any(each[1] == sku and each[0] != code for each in rows),
            any(n < place and each[1] == sku for n, each in mine),
            bool(rows[place][3]) and rows[place][3] != shelves[0],
            place == with_shelf and (shelves or [""])[0] != "SCENT",
            is_first and code == "b d",
        ]
        if any(wrong):
            bad.add(place)
    spoilt = {rows[place][0] for place in bad}
    return {
        place + 2: "refused" if place in bad else "held_back" if row[0] in spoilt else "created"
        for place, row in enumerate(rows)
    }


@given(rows=ROWS)
@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
async def test_any_table_comes_out_as_a_plain_model_says(
    desk: Desk,
    owner: Any,
    rows: list[tuple[str, str, str, str]],
):
    tables = ("product_import_rows", "product_imports", "uploads", "product_tags")
    tables += ("price_entries", "variants", "products")
    await owner.execute("; ".join(f"DELETE FROM {each}" for each in tables))
    import_id = await desk.run(
        table(
            [
                row(code, sku, price_yuan=price, category_code=shelf)
                for code, sku, price, shelf in rows
            ]
        )
    )
    expected = modelled(rows)
    assert await desk.outcomes(import_id) == expected
    written: dict[str, set[str]] = {}
    for place, (code, sku, *_) in enumerate(rows):
        if expected[place + 2] == "created":
            written.setdefault(code, set()).add(sku)
    assert await desk.skus() == written
