"""``staffViewer``: who of the staff is signed in, by their token and at most one statement."""

from dataclasses import replace
from typing import Any

import pytest

from domain.kernel.actors import Actor, Member, Pad, Partner, Role, Scope, Staff
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from tests import make
from tests.api.client import AS_STAFF, Api, statements_run
from tests.api.members.desk import Caller

STAFF = Staff(make.an_id(), "林小满", Role.OPERATOR, make.an_id())


async def viewer(database: Database, actor: Actor) -> tuple[Any, int]:
    """What somebody sees of themselves, and the statements that it took."""
    before = statements_run()
    answer = await Caller(database, actor).run("playground/StaffViewer")
    assert "errors" not in answer, answer
    return answer["data"]["staffViewer"], statements_run() - before


async def test_who_works_for_the_whole_mall_has_no_stores_and_takes_no_statement(
    database: Database,
):
    seen, statements = await viewer(database, STAFF)
    assert seen == {
        "id": public_id("staff", STAFF.id),
        "name": "林小满",
        "role": "OPERATOR",
        "stores": None,
        "pad": None,
    }
    assert statements == 0


async def test_who_works_in_stores_sees_them_by_code(database: Database):
    async with database.writes.begin() as session:
        places = [await make.place(session, code=f"S-{number}") for number in (2, 1, 3)]
    guide = replace(STAFF, role=Role.GUIDE, store_ids=frozenset(places[:2]))
    seen, statements = await viewer(database, guide)
    assert [each["id"] for each in seen["stores"]] == [
        public_id("place", places[1]),
        public_id("place", places[0]),
    ]
    assert set(seen["stores"][0]["title"]) == {"zh", "en"}
    assert statements == 1
    seen, statements = await viewer(database, replace(guide, store_ids=frozenset()))
    assert (seen["stores"], statements) == ([], 0)


async def test_at_a_pad_it_names_the_pad_and_its_store(database: Database):
    async with database.writes.begin() as session:
        places = [await make.place(session, code=f"S-{number}") for number in (1, 2)]
    pad = Pad(make.an_id(), places[1], make.an_id())
    guide = replace(STAFF, role=Role.GUIDE, store_ids=frozenset(places), pad=pad)
    seen, statements = await viewer(database, guide)
    assert seen["pad"]["id"] == public_id("pad", pad.id)
    assert seen["pad"]["store"]["id"] == public_id("place", places[1])
    assert len(seen["stores"]) == 2
    assert statements == 1
    # Who works for the whole mall still stands somewhere.
    seen, statements = await viewer(database, replace(guide, role=Role.OWNER, store_ids=None))
    assert (seen["stores"], seen["pad"]["store"]["id"]) == (None, public_id("place", places[1]))
    seen, _ = await viewer(database, replace(guide, pad=replace(pad, store_id=make.an_id())))
    assert seen["pad"]["store"] is None


@pytest.mark.parametrize(
    "actor",
    [
        Member(make.an_id(), make.an_id()),
        Partner("erp", make.an_id(), frozenset(Scope)),
        Pad(make.an_id(), make.an_id(), make.an_id()),
    ],
)
async def test_nobody_else_is_a_member_of_the_staff(database: Database, actor: Actor):
    answer = await Caller(database, actor).run("playground/StaffViewer")
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]


async def test_the_token_of_development_stands_for_an_owner(api: Api):
    seen = (await api.run("playground/StaffViewer", AS_STAFF))["data"]["staffViewer"]
    assert (seen["name"], seen["role"], seen["stores"]) == ("开发者", "OWNER", None)
