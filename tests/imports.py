"""Tables of products for tests, and imports of them as the staff ask for them."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from random import Random
from uuid import UUID

from domain.catalog.importing import actions
from domain.kernel.actors import By, Role, Staff
from domain.kernel.db import Database
from domain.media import actions as media
from domain.media.actions import Expected
from domain.media.ports import ObjectStore
from domain.media.rules import MediaType, Purpose, incoming_key
from tests import make
from tests.make import NOON

OPERATOR = Staff(make.an_id(), "小满", Role.OPERATOR)
COLUMNS = (
    "code",
    "title_zh",
    "title_en",
    "category_code",
    "image_key",
    "sku",
    "variant_title_zh",
    "variant_title_en",
    "price_yuan",
    "tags",
    "member_limit",
    "weight_grams",
    "kind",
    "delivery_note_zh",
    "delivery_note_en",
)


def row(code: str, sku: str, **cells: str) -> dict[str, str]:
    """A good row, but for the cells that are given."""
    return {
        "code": code,
        "title_zh": "山茶",
        "title_en": "Camellia",
        "category_code": "SCENT",
        "image_key": "products/1.jpg",
        "sku": sku,
        "variant_title_zh": "瓶",
        "variant_title_en": "Bottle",
        "price_yuan": "168.00",
        **cells,
    }


def table(rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8-sig") -> bytes:
    """A table as a spreadsheet writes it."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([each.get(column, "") for column in COLUMNS] for each in rows)
    return text.getvalue().encode(encoding)


async def asked(
    database: Database, store: ObjectStore, content: bytes, *, seed: int = 5, by: Staff = OPERATOR
) -> UUID:
    """Upload a table and ask for its import."""
    random = Random(seed)
    async with database.writes.begin() as session:
        ticket = await media.promise(
            session,
            Expected(Purpose.PRODUCT_IMPORT, MediaType.CSV, max(len(content), 1)),
            owner=by.key,
            at=NOON,
            random=random,
        )
        upload = await media.own(session, ticket.upload_id, owner=by.key)
        ready = await media.mark_ready(session, upload, size=None, at=NOON)
        assert ready.object_key is not None
        await store.put(ready.object_key, content, MediaType.CSV)
        await store.delete(incoming_key(upload.id))
        whom = By(by, NOON, random)
        return (await actions.ask(session, upload.id, reason="换季", by=whom)).import_id
