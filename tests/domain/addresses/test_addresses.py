"""A member's addresses: what is kept, what is refused, and which one is the default."""

from typing import Any

import pytest

from domain.addresses.actions import choose_default_address, create_address, delete_address
from domain.addresses.errors import AddressChanged, AddressUnavailable, TooManyAddresses
from domain.addresses.models import Address
from domain.addresses.rules import MOST_ADDRESSES, AddressContent
from domain.addresses.sealing import opened_content, sealed_content
from domain.addresses.views import addresses, delivery_address, delivery_addresses
from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.kernel.sealing import Unsealable
from domain.members.actions.phones import phone_key
from domain.members.errors import MemberBlocked
from tests import make
from tests.domain.addresses.homes import HOME, add, defaults, edit, row
from tests.domain.members.people import (
    RANDOM,
    VAULT,
    a_member,
    at_once,
    count,
    rows,
    write,
)
from tests.domain.members.test_profiles import block
from tests.make import NOON


async def outcome(attempt: Any) -> str:
    """``done``, or the name of what was refused."""
    try:
        await attempt
    except (AddressUnavailable, TooManyAddresses) as refused:
        return type(refused).__name__
    return "done"


async def test_nothing_personal_of_an_address_can_be_read_in_its_row(database: Database):
    member_id = await a_member(database)
    address_id = await add(database, member_id)
    kept = await row(database, address_id)
    assert opened_content(VAULT, address_id, kept.sealed) == AddressContent(
        "林小满", "+8613800138000", "衡山路 8 号 302 室", "200031", "家"
    )
    for text in ("林小满", "13800138000", "衡山路", "200031", "家"):
        assert text.encode() not in kept.sealed
    assert (kept.last_digits, kept.phone_index) == ("8000", phone_key(VAULT, "+8613800138000"))
    assert (kept.province_code, kept.province_name) == ("310000", "上海市")
    assert (kept.city_code, kept.city_name) == ("310100", "市辖区")
    assert (kept.district_code, kept.district_name) == ("310104", "徐汇区")
    with pytest.raises(Unsealable):
        opened_content(VAULT, make.an_id(), kept.sealed)


async def test_a_city_without_districts_is_enough(database: Database):
    address_id = await add(database, await a_member(database), region_code="441900")
    kept = await row(database, address_id)
    assert (kept.city_name, kept.district_code, kept.district_name) == ("东莞市", None, None)


async def test_a_landline_is_taken_with_its_area_code(database: Database):
    member_id = await a_member(database)
    await add(database, member_id, phone="010-62345678", postcode=None, label=" ")
    (seen,) = await addresses(database.reads, VAULT, member_id)
    assert (seen.phone, seen.postcode, seen.label) == ("+861062345678", None, None)


async def test_every_problem_is_told_and_nothing_is_written(database: Database):
    member_id = await a_member(database)
    with pytest.raises(InvalidInput) as refused:
        await add(
            database,
            member_id,
            recipient="\u200b",
            phone="62345678",
            region_code="310000",
            detail="x" * 121,
            postcode="2000",
            label="x" * 11,
        )
    assert [(each.path, each.code) for each in refused.value.problems] == [
        ("recipient", "missing"),
        ("phone", "not_reachable"),
        ("detail", "too_long"),
        ("postcode", "not_a_postcode"),
        ("label", "too_long"),
        ("regionCode", "not_a_region"),
    ]
    assert await count(database, Address) == 0


@pytest.mark.parametrize("field", ["recipient", "detail", "label"])
@pytest.mark.parametrize("character", ["\x00", "\n", "\u202e", "\u2028", "\ud800"])
async def test_what_spoils_a_line_is_refused(database: Database, field: str, character: str):
    changes: dict[str, Any] = {field: f"a{character}b"}
    with pytest.raises(InvalidInput) as refused:
        await add(database, await a_member(database), **changes)
    assert [(each.path, each.code) for each in refused.value.problems] == [(field, "not_a_name")]


@pytest.mark.parametrize("phone", ["+852 6123 4567", "110", "138001380", "12345", "\x00", ""])
async def test_a_number_that_no_courier_here_can_call_is_refused(database: Database, phone: str):
    with pytest.raises(InvalidInput) as refused:
        await add(database, await a_member(database), phone=phone)
    assert [each.code for each in refused.value.problems] == ["not_reachable"]


async def test_the_first_address_is_the_default_and_a_later_one_when_it_says_so(
    database: Database,
):
    member_id = await a_member(database)
    first = await add(database, member_id)
    await add(database, member_id)
    assert await defaults(database, member_id) == [first]
    third = await add(database, member_id, is_default=True)
    assert await defaults(database, member_id) == [third]


async def test_the_newest_one_takes_the_place_of_a_deleted_default(database: Database):
    member_id = await a_member(database)
    first, second, third = [await add(database, member_id) for _ in range(3)]
    for deleted, left in ((second, [first]), (first, [third]), (third, [])):
        await write(database, lambda session, key=deleted: delete_address(session, member_id, key))
        assert await defaults(database, member_id) == left
    with pytest.raises(AddressUnavailable):
        await write(database, lambda session: delete_address(session, member_id, first))


async def test_a_change_names_the_revision_and_says_what_it_leaves_as_it_is(database: Database):
    member_id = await a_member(database)
    address_id = await add(database, member_id)
    await edit(database, member_id, address_id, recipient="林太太", postcode=None)
    (seen,) = await addresses(database.reads, VAULT, member_id)
    assert (seen.recipient, seen.phone, seen.postcode, seen.label, seen.revision) == (
        "林太太",
        "+8613800138000",
        None,
        "家",
        2,
    )
    with pytest.raises(AddressChanged) as refused:
        await edit(database, member_id, address_id, recipient="别人")
    assert refused.value.revision == 2
    await edit(database, member_id, address_id, revision=2, region_code="441900")
    (seen,) = await addresses(database.reads, VAULT, member_id)
    assert (seen.region_code, seen.city.title, seen.district) == ("441900", "东莞市", None)
    assert (seen.line, seen.revision) == ("广东省东莞市衡山路 8 号 302 室", 3)


async def test_what_is_so_already_changes_nothing(database: Database):
    member_id = await a_member(database)
    address_id = await add(database, member_id)
    before = await row(database, address_id)
    await edit(database, member_id, address_id, recipient=" 林小满 ", phone="+86 138-0013-8000")
    after = await row(database, address_id)
    assert (after.revision, after.sealed) == (1, before.sealed)


async def test_an_address_in_a_division_that_is_gone_is_read_and_changed_but_not_chosen_again(
    database: Database,
):
    member_id = await a_member(database)
    address_id = await add(database, member_id)
    async with database.writes.begin() as session:
        old = await session.get_one(Address, address_id)
        old.district_code, old.district_name = "310103", "卢湾区"
    await edit(database, member_id, address_id, detail="淮海中路 1 号")
    (seen,) = await addresses(database.reads, VAULT, member_id)
    assert (seen.region_code, seen.is_region_current) == ("310103", False)
    assert seen.line == "上海市卢湾区淮海中路 1 号"
    with pytest.raises(InvalidInput):
        await add(database, member_id, region_code="310103")


async def test_an_address_is_nothing_to_another_member(database: Database):
    me, other = await a_member(database), await a_member(database, "o-2")
    address_id = await add(database, me)
    for attempt in (
        edit(database, other, address_id, recipient="别人"),
        write(database, lambda session: delete_address(session, other, address_id)),
        write(database, lambda session: choose_default_address(session, other, address_id)),
    ):
        assert await outcome(attempt) == "AddressUnavailable"
    assert await addresses(database.reads, VAULT, other) == []
    assert (await row(database, address_id)).revision == 1


async def test_a_blocked_member_may_delete_and_nothing_else(database: Database):
    member_id = await a_member(database)
    address_id = await add(database, member_id)
    await block(database, member_id, told="核实中")
    for attempt in (
        add(database, member_id),
        edit(database, member_id, address_id, recipient="别人"),
        write(database, lambda session: choose_default_address(session, member_id, address_id)),
    ):
        with pytest.raises(MemberBlocked):
            await attempt
    await write(database, lambda session: delete_address(session, member_id, address_id))
    assert await count(database, Address) == 0


@pytest.mark.parametrize("how_many", [2, 6])
async def test_of_those_that_are_added_at_once_one_is_the_last(database: Database, how_many: int):
    member_id = await a_member(database)
    await fill(database, member_id, MOST_ADDRESSES - 1)
    done = await at_once(*(outcome(add(database, member_id)) for _ in range(how_many)))
    assert sorted(done) == [*["TooManyAddresses"] * (how_many - 1), "done"]
    assert await count(database, Address) == MOST_ADDRESSES


async def test_two_first_addresses_at_once_are_one_default(database: Database):
    member_id = await a_member(database)
    await at_once(*(add(database, member_id) for _ in range(4)))
    assert len(await defaults(database, member_id)) == 1
    assert await count(database, Address) == 4


async def test_of_two_defaults_chosen_at_once_one_is_the_default(database: Database):
    member_id = await a_member(database)
    keys = [await add(database, member_id) for _ in range(3)]
    await at_once(
        *(
            write(
                database,
                lambda session, key=key: choose_default_address(session, member_id, key),
            )
            for key in (keys[1], keys[2]) * 3
        ),
        write(database, lambda session: delete_address(session, member_id, keys[0])),
    )
    (chosen,) = await defaults(database, member_id)
    assert chosen in keys[1:]
    assert [each.revision for each in await rows(database, Address)] == [1, 1]


async def test_a_quote_reads_one_address_or_the_default(database: Database):
    member_id, other = await a_member(database), await a_member(database, "o-2")
    assert await delivery_address(database.reads, member_id, None) is None
    first, second = (
        await add(database, member_id),
        await add(database, member_id, phone="010-62345678"),
    )
    default = await delivery_address(database.reads, member_id, None)
    chosen = await delivery_address(database.reads, member_id, second)
    assert default is not None
    assert chosen is not None
    assert (default.id, chosen.id) == (first, second)
    assert chosen.phone_index == phone_key(VAULT, "+861062345678")
    assert opened_content(VAULT, second, chosen.sealed).recipient == "林小满"
    assert await delivery_address(database.reads, other, second) is None


async def test_orders_read_all_their_addresses_in_one_statement(
    database: Database, count_statements: Any
):
    members = [await a_member(database, f"o-{number}") for number in range(5)]
    pairs = [(member_id, await add(database, member_id)) for member_id in members]
    strangers = [(members[0], pairs[1][1]), (members[0], make.an_id())]
    async with database.writes() as session:
        count_statements.clear()
        found = await delivery_addresses(session, [*pairs, *pairs, *strangers])
        assert count_statements.total() == 1
        assert await delivery_addresses(session, []) == {}
    assert set(found) == set(pairs)
    for member_id, address_id in pairs:
        each = found[member_id, address_id]
        assert await delivery_address(database.reads, member_id, address_id) == each
        assert (each.region_code, each.revision) == ("310104", 1)


async def fill(database: Database, member_id: Any, how_many: int) -> None:
    """So many addresses, in one transaction."""
    async with database.writes.begin() as session:
        for _ in range(how_many):
            await create_address(
                session, VAULT, member_id, HOME, is_default=False, at=NOON, random=RANDOM
            )


def test_two_sealings_of_one_address_are_not_alike():
    content = AddressContent("林小满", "+8613800138000", "衡山路 8 号", None, None)
    key = make.an_id()
    first, second = (sealed_content(VAULT, key, content, random=RANDOM) for _ in range(2))
    assert first != second
    assert opened_content(VAULT, key, first) == opened_content(VAULT, key, second) == content
