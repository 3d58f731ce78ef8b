"""What members say of themselves, and what keeps them out."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.kernel.db import Database
from domain.kernel.errors import InvalidInput
from domain.kernel.language import Language
from domain.members.actions.blocking import block_member, unblock_member
from domain.members.actions.profiles import Birthday, edit_profile
from domain.members.errors import MemberBlocked, MemberUnavailable
from domain.members.models import Member
from domain.members.rules import problems_of_birthday, problems_of_name, tidy_name
from domain.staff.models import AuditEntry
from tests import make
from tests.domain.members.people import BY, a_member, rows, write
from tests.make import NOON


async def edit(database: Database, member_id: UUID, **changes: Any) -> Member:
    """Edit the profile and read the member."""
    await write(database, lambda session: edit_profile(session, member_id, changes))
    (member,) = await rows(database, Member)
    return member


async def block(database: Database, member_id: UUID, *, told: str, reason: str = "x") -> None:
    await write(
        database,
        lambda session: block_member(session, member_id, told=told, reason=reason, by=BY),
    )


async def test_a_profile_is_changed_field_by_field(database: Database):
    member_id = await a_member(database)
    member = await edit(database, member_id, name=" 小满 ", birthday=Birthday(2, 29))
    assert (member.name, member.birth_month, member.birth_day) == ("小满", 2, 29)
    member = await edit(database, member_id, language=Language.EN, is_personalised=False)
    assert (member.name, member.language, member.is_personalised) == ("小满", Language.EN, False)
    member = await edit(database, member_id, birthday=None, language=None)
    assert (member.birth_month, member.birth_day, member.language) == (None, None, None)
    assert member.revision == 4


async def test_what_is_so_already_changes_nothing(database: Database):
    member_id = await a_member(database)
    before = await edit(database, member_id, name="小满")
    assert (await edit(database, member_id, name="小满 ")).revision == before.revision == 2


async def test_every_problem_of_a_profile_is_told_and_nothing_is_written(database: Database):
    member_id = await a_member(database)
    with pytest.raises(InvalidInput) as refused:
        await edit(database, member_id, name="x" * 21, birthday=Birthday(2, 30))
    assert [(each.path, each.code) for each in refused.value.problems] == [
        ("name", "too_long"),
        ("birthday.day", "not_a_day"),
    ]
    (member,) = await rows(database, Member)
    assert member.revision == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "missing"),
        ("\u200b", "missing"),
        ("x" * 21, "too_long"),
        ("小\n满", "not_a_name"),
        ("小\u2028满", "not_a_name"),
        ("满\u202e小", "not_a_name"),
        ("\ue000", "not_a_name"),
    ],
)
def test_what_is_no_name(name: str, code: str):
    assert [each.code for each in problems_of_name(tidy_name(name))] == [code]


@pytest.mark.parametrize("name", ["满", "Zoë", "x" * 20, "👩‍👩‍👧 一家"])
def test_what_is_a_name(name: str):
    assert list(problems_of_name(tidy_name(name))) == []


@given(st.text(max_size=25))
def test_a_tidy_name_stays_as_it_is(written: str):
    assert tidy_name(tidy_name(written)) == tidy_name(written)


@given(st.integers(-1, 14), st.integers(-1, 33))
def test_a_birthday_is_a_day_of_a_leap_year(month: int, day: int):
    try:
        exists = bool(NOON.replace(year=2024, month=month, day=day))
    except ValueError:
        exists = False
    assert exists is (not list(problems_of_birthday(month, day)))


async def test_a_block_is_written_with_its_reasons_and_lifted_again(database: Database):
    member_id = await a_member(database)
    await block(database, member_id, told="请联系客服", reason="case 12")
    with pytest.raises(MemberBlocked) as refused:
        await edit(database, member_id, name="小满")
    assert refused.value.reason == "请联系客服"
    for _ in range(2):
        await write(
            database, lambda session: unblock_member(session, member_id, reason="ok", by=BY)
        )
    (member,) = await rows(database, Member)
    assert (member.blocked_at, member.block_reason, member.revision) == (None, None, 3)
    async with database.writes() as session:
        trail = await session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == member_id).order_by(AuditEntry.id)
        )
        entries = {each.action: each for each in trail}
    assert set(entries) == {"member.block", "member.unblock"}
    assert entries["member.block"].reason == "case 12"
    after = entries["member.block"].after
    assert after is not None
    assert after["block_reason"] == "请联系客服"


async def test_blocking_again_changes_what_is_told_and_not_since_when(database: Database):
    member_id = await a_member(database)
    for told in ("一", "一", "二"):
        await block(database, member_id, told=told)
    (member,) = await rows(database, Member)
    assert (member.block_reason, member.blocked_at, member.revision) == ("二", NOON, 3)


async def test_nobody_is_blocked_without_reasons(database: Database):
    member_id = await a_member(database)
    with pytest.raises(InvalidInput) as refused:
        await block(database, member_id, told=" ", reason=" ")
    assert [each.path for each in refused.value.problems] == ["blockReason", "reason"]
    with pytest.raises(MemberUnavailable):
        await block(database, make.an_id(), told="x")
