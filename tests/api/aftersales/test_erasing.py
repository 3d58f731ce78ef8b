"""What was said and shown in cases goes some years after their end; what was done stays."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.aftersales.erasing import erase_cases_of, open_cases_of
from domain.aftersales.models import Case, CaseHistory, CasePicture
from domain.aftersales.rules import TEXTS_KEPT_FOR
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.settings import Settings
from domain.media.models import Upload
from domain.staff.models import AuditEntry
from tests import make
from tests.api.aftersales.test_cases import a_counter, a_picture, given, member
from tests.api.client import Api
from tests.domain.aftersales.cases import SAY_NO, Counter, broken, units, wish
from tests.domain.members.people import rows
from workers.sweeps import clear_uploads, forget_case_texts
from workers.tools import Tools

SAID = "林小满说：杯口有裂纹"
ANSWER = "林女士家中使用过"


async def refused(api: Api, database: Database, settings: Settings) -> Counter:
    """Somebody whose case with a note and a picture was refused."""
    counter = await a_counter(database)
    mine = await a_picture(database, settings, counter.member.actor)
    asked = given(counter, evidence=[mine], note=SAID, reason="DAMAGED")
    answer = await member(api, counter, "CaseOpen", input=asked)
    assert answer["case"]["note"] == SAID, answer
    (case,) = await rows(database, Case)
    # The mall behind HTTP has the time of the day, and so has who answers.
    counter.sold.clock.now = system_clock()
    await counter.refuse(case.id)
    return counter


async def swept(counter: Counter, settings: Settings) -> None:
    """Let workers erase what is old, and delete the objects of it."""
    store = make.media_folder(settings.home)
    tools = Tools(counter.database, lambda: counter.sold.clock.now, store, Random(1))
    await forget_case_texts({"tools": tools})
    await clear_uploads({"tools": tools})


async def test_texts_and_pictures_go_years_after_the_end_and_what_was_done_stays(
    api: Api, database: Database, shared_settings: Settings
):
    counter = await refused(api, database, shared_settings)
    (before,) = (await member(api, counter, "CaseList"))["edges"]
    address = "/" + before["node"]["pictures"][0]["url"].split("/", 3)[3]
    counter.later(seconds=TEXTS_KEPT_FOR.total_seconds())
    await swept(counter, shared_settings)
    assert (await api.http.get(address)).status_code == 200
    counter.later(seconds=1)
    await swept(counter, shared_settings)
    (after,) = (await member(api, counter, "CaseList"))["edges"]
    case = after["node"]
    assert (case["note"], case["told"], case["pictures"]) == ("", None, [])
    assert case["timeline"][-1]["text"].endswith("(what was said is erased)")
    for kept in ("number", "kind", "status", "reason", "refund", "lines", "endedAt", "requestedAt"):
        assert case[kept] == before["node"][kept]
    assert (await api.http.get(address)).status_code == 404
    assert (await rows(database, Upload), await rows(database, CasePicture)) == ([], [])
    assert [each.note for each in await rows(database, CaseHistory)] == [None, None]
    # The trail is kept for good, and never had the words that the member was told.
    (entry,) = [each for each in await rows(database, AuditEntry) if each.action == "case.refuse"]
    assert case["number"] in entry.reason
    assert SAY_NO not in entry.reason
    assert await broken(database) == {}


async def test_what_was_said_goes_with_its_member_once_their_cases_are_over(
    api: Api, database: Database, shared_settings: Settings
):
    counter = await refused(api, database, shared_settings)
    waiting = await counter.open(wish(units(1, 1)))
    async with database.writes.begin() as session:
        number = (await counter.case(waiting)).number
        assert await open_cases_of(session, counter.sold.member_id) == [number]
        at, whose = counter.sold.clock.now, counter.sold.member_id
        assert await erase_cases_of(session, make.an_id(), at=at, most=10) == 0
        assert await erase_cases_of(session, whose, at=at, most=10) == 1
        assert await erase_cases_of(session, whose, at=at, most=10) == 0
    every = await rows(database, Case)
    assert {each.id for each in every if each.erased_at is None} == {waiting}
    assert (SAID in str([each.note for each in every])) is False


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cases SET note = '', erased_at = now() WHERE ended_at IS NULL",
        "UPDATE cases SET erased_at = now() WHERE ended_at IS NOT NULL",
        "UPDATE cases SET note = '', told = '', erased_at = now(), refund_fen = 0, goods_fen = 0 "
        "WHERE ended_at IS NOT NULL",
        "UPDATE case_history SET note = 'x'",
        "UPDATE case_history SET note = NULL, actor = 'x'",
        "DELETE FROM case_history",
        "UPDATE case_pictures SET position = 9",
        "DELETE FROM case_pictures",
        "UPDATE case_history SET note = NULL WHERE case_id = "
        "(SELECT id FROM cases WHERE ended_at IS NULL)",
        "TRUNCATE case_history",
        "TRUNCATE case_pictures",
        "TRUNCATE case_lines CASCADE",
        "UPDATE case_lines SET goods_fen = 0",
    ],
)
async def test_the_tables_let_go_of_nothing_else(database: Database, change: str):
    counter = await a_counter(database)
    ended = await counter.open(wish(units(1, 1)))
    await counter.refuse(ended)
    case_id = await counter.open(wish(units(1, 1)))
    async with database.writes.begin() as session:
        at = counter.sold.clock.now + timedelta(seconds=1)
        picture = CasePicture(
            case_id=case_id, position=1, object_key="private/x", is_members=True, added_at=at
        )
        session.add(picture)
    with pytest.raises(DBAPIError):
        async with database.writes.begin() as session:
            await session.execute(text(change))
