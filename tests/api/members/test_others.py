"""What belongs to one member is nothing to another: the same bytes as for what is not there."""

import json
from collections.abc import Sequence

import pytest

from api.schema import ACCESS
from domain.kernel.db import Database
from domain.members.words import ConsentPurpose
from tests import make
from tests.api.members.desk import Caller, Phones, a_member, id_of, member, publish
from tests.domain.members.people import PHONE

BY_ID: Sequence[tuple[str, str]] = (("playground/StaffMember", "member"),)
"""Each document that names a member's own object by its id, with the kind of the id.

A context that gives members objects of their own (addresses, orders) adds its documents here.
"""
OWN_ROOTS = {"Query.viewer"}
"""Root fields of members that take no id: they can only tell of who asks."""


async def bytes_of(caller: Caller, document: str, kind: str, public: str) -> bytes:
    """The answer of a caller who names an object by its id."""
    assert public.startswith(f"{kind}_")
    return json.dumps(await caller.run(document, id=public)).encode()


def test_each_root_field_of_members_is_walked_or_takes_no_id():
    own = {field for field, access in ACCESS.items() if access == "member"}
    assert {field for field in own if field.startswith("Query.")} == OWN_ROOTS


@pytest.mark.parametrize(("document", "kind"), BY_ID)
async def test_another_member_and_nobody_cannot_tell_an_object_from_none(
    database: Database, document: str, kind: str
):
    first, second = await a_member(database), await a_member(database, "o-2")
    for caller in (member(database, second), member(database, first), Caller(database, None)):
        known = await bytes_of(caller, document, kind, id_of(first))
        unknown = await bytes_of(caller, document, kind, id_of(make.an_id()))
        assert known == unknown


async def test_each_viewer_is_told_of_themselves_alone(database: Database):
    await publish(database, ConsentPurpose.PHONE)
    first, second = await a_member(database), await a_member(database, "o-2")
    await member(database, first, phones=Phones(tap=PHONE)).do(
        "BindPhoneByWeChat", code="tap", consentVersion=1
    )
    seen = await member(database, second).read("Viewer")
    assert (seen["id"], seen["phone"]) == (id_of(second), None)
    assert [each["isGranted"] for each in seen["consents"]] == [False]
