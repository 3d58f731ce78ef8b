"""The staff sign in at a pad by PIN: within its session, one at a time, and wrong ones cost."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from api.oauth.pins import PIN_TRIES
from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.sessions import actions
from domain.sessions.models import Session
from domain.sessions.rules import EndReason
from domain.staff.models import AuditEntry, StaffMember
from domain.staff.rules import LONGEST_NAME, MOST_STORES
from tests.api.catalog.desk import a_request
from tests.api.client import Api
from tests.api.oauth.desk import RANDOM, ask, refresh, refused, until_out
from tests.api.oauth.office import HASH, PASSWORD
from tests.api.pads.desk import WRONG_PIN, PadInHand, Shop, a_store, desk_of, somebody, viewer
from tests.patience import until_somebody_waits_for_a_lock

pytestmark = pytest.mark.usefixtures("refused_at_once")


async def trail(database: Database) -> list[AuditEntry]:
    """What was written about signing in and out at pads, in its order."""
    async with database.writes() as session:
        signing = AuditEntry.action.in_(["pad.sign_in", "pad.sign_out"])
        return [*await session.scalars(select(AuditEntry).where(signing).order_by(AuditEntry.id))]


async def failures_of(database: Database, staff_id: Any) -> tuple[int, float]:
    """How many wrong PINs somebody has, and for how many seconds nobody may try another."""
    async with database.writes() as session:
        row = await session.get_one(StaffMember, staff_id)
    until = row.pin_locked_until
    return row.pin_failures, (until - system_clock()).total_seconds() if until else 0.0


async def wait_is_over(database: Database) -> None:
    """Let the waiting of everybody be over."""
    async with database.writes.begin() as session:
        await session.execute(update(StaffMember).values(pin_locked_until=system_clock()))


async def test_staff_sign_in_at_a_pad_and_both_are_on_the_row(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    body = (await pad.sign_in("guide")).json()
    assert (body["scope"], body["expires_in"]) == ("pad", 900)
    for token in (body["access_token"], pad.access_token):
        seen = await viewer(api, token)
        assert seen["store"]["id"] == shop.store
        assert (seen["staff"]["name"], seen["staff"]["role"]) == ("<guide>", "GUIDE")
    (entry,) = await trail(database)
    assert (entry.action, entry.actor) == ("pad.sign_in", f"staff:{guide.hex}")
    assert (entry.pad_id, entry.store_id, entry.subject_id) == (pad.id, shop.store_id, pad.id)
    again = await refresh(api, body["refresh_token"], "pad")
    assert again.status_code == 200
    refused(await refresh(api, body["refresh_token"], "pad"), "invalid_grant")


async def test_who_works_in_as_many_stores_as_may_be_has_a_token_that_is_taken(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    others = [await a_store(database, f"S-{number}") for number in range(MOST_STORES - 1)]
    guide = await somebody(database, "guide", stores=[shop.store_id, *others])
    name = "\N{CJK UNIFIED IDEOGRAPH-20000}" * LONGEST_NAME
    async with database.writes.begin() as session:
        (await session.get_one(StaffMember, guide)).name = name
    token = (await pad.sign_in("guide")).json()["access_token"]
    assert (await viewer(api, token))["staff"]["name"] == name
    assert 2_000 < len(token) < 7_000


@pytest.mark.parametrize("typed", ["Guide", " guide ", "GUIDE"])
async def test_a_login_is_one_however_it_is_typed(
    shop: Shop, pad: PadInHand, database: Database, typed: str
):
    await somebody(database, "guide", stores=[shop.store_id])
    assert (await pad.sign_in(typed)).status_code == 200


async def test_another_pin_ends_what_was_signed_in_by_the_one_before_and_no_browser(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    async with database.writes.begin() as session:
        (await session.get_one(StaffMember, guide)).password_hash = HASH
    assert (await pad.sign_in("guide")).status_code == 200
    browser = await desk_of(api, database, guide)
    given = {"requestId": a_request(), "currentPassword": PASSWORD, "pin": "718294"}
    assert (await browser.see("SetPin", input=given))["__typename"] == "StaffSaved"
    async with database.writes() as session:
        ends = select(Session.parent_id, Session.end_reason).where(Session.staff_id == guide)
        by_parent = {parent is None: end for parent, end in await session.execute(ends)}
        own = await session.scalars(select(Session.end_reason).where(Session.staff_id.is_(None)))
        assert own.all() == [None]
    assert by_parent == {True: None, False: EndReason.REVOKED}
    refused(await pad.sign_in("guide"), "invalid_grant")
    assert (await pad.sign_in("guide", "718294")).status_code == 200


async def test_who_ends_their_session_at_a_pad_from_a_browser_is_signed_out_on_the_record(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    assert (await pad.sign_in("guide")).status_code == 200
    async with database.writes() as session:
        found = select(Session.id).where(Session.parent_id.is_not(None))
        at_pad = (await session.scalars(found)).one()
    browser = await desk_of(api, database, guide)
    for _ in range(2):
        answer = await api.run(
            "miniprogram/EndSession",
            browser.header,
            input={"sessionId": public_id("session", at_pad)},
        )
        assert answer["data"]["endSession"]["__typename"] == "SessionSignedOut", answer
    signed_in, signed_out = await trail(database)
    assert (signed_in.action, signed_out.action) == ("pad.sign_in", "pad.sign_out")
    assert (signed_out.actor, signed_out.pad_id) == (f"staff:{guide.hex}", pad.id)


async def test_signing_out_leaves_the_pad_signed_in(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    await somebody(database, "guide", stores=[shop.store_id])
    body = (await pad.sign_in("guide")).json()
    for _ in range(2):
        answer = await ask(api, "revoke", form={"token": body["refresh_token"], "client_id": "pad"})
        assert answer.status_code == 200
    await until_out(api, body["access_token"])
    assert (await viewer(api, body["access_token"]))[0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await viewer(api, pad.access_token))["staff"] is None
    assert [entry.action for entry in await trail(database)] == ["pad.sign_in", "pad.sign_out"]
    assert {entry.pad_id for entry in await trail(database)} == {pad.id}


async def test_whoever_signs_in_next_takes_the_place_of_the_one_before(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    for login in ("first", "second"):
        await somebody(database, login, stores=[shop.store_id])
    first = (await pad.sign_in("first")).json()
    assert (await pad.sign_in("second")).status_code == 200
    refused(await refresh(api, first["refresh_token"], "pad"), "invalid_grant")
    assert (await viewer(api, pad.access_token))["staff"]["name"] == "<second>"
    said = sorted((entry.action, entry.actor_name) for entry in await trail(database))
    # One leaves in the moment in which the other comes: their entries are of one time.
    assert said == [
        ("pad.sign_in", "<first>"),
        ("pad.sign_in", "<second>"),
        ("pad.sign_out", "<first>"),
    ]


async def test_of_two_who_sign_in_at_once_one_stays(shop: Shop, pad: PadInHand, database: Database):
    for login in ("first", "second"):
        await somebody(database, login, stores=[shop.store_id])
    answers = await asyncio.gather(pad.sign_in("first"), pad.sign_in("second"))
    assert [answer.status_code for answer in answers] == [200, 200]
    async with database.writes() as session:
        is_open = Session.parent_id.is_not(None), Session.ended_at.is_(None)
        assert len((await session.scalars(select(Session).where(*is_open))).all()) == 1


@pytest.mark.parametrize(
    ("role", "is_at_home", "may"),
    [
        (Role.GUIDE, True, True),
        (Role.STORE_MANAGER, True, True),
        (Role.GUIDE, False, False),
        (Role.STORE_MANAGER, False, False),
        (Role.OPERATOR, False, True),
        (Role.OWNER, False, True),
        (Role.FINANCE, False, False),
        (Role.ENGINEER, False, False),
        (Role.FINANCE, True, False),
    ],
)
async def test_who_works_in_the_store_signs_in_there_and_who_runs_the_mall(
    shop: Shop,
    other_shop: Shop,
    pad: PadInHand,
    database: Database,
    *,
    role: Role,
    is_at_home: bool,
    may: bool,
):
    store_id = shop.store_id if is_at_home else other_shop.store_id
    await somebody(database, "person", role, [store_id])
    assert ((await pad.sign_in("person")).status_code == 200) is may


async def test_all_that_is_wrong_is_told_alike(
    shop: Shop, other_shop: Shop, pad: PadInHand, database: Database
):
    await somebody(database, "guide", stores=[shop.store_id])
    await somebody(database, "elsewhere", stores=[other_shop.store_id])
    await somebody(database, "without", stores=[shop.store_id], has_pin=False)
    blocked = await somebody(database, "blocked", stores=[shop.store_id])
    locked = await somebody(database, "locked", stores=[shop.store_id])
    async with database.writes.begin() as session:
        (await session.get_one(StaffMember, blocked)).blocked_at = system_clock()
        (await session.get_one(StaffMember, blocked)).block_reason = "x"
        later = system_clock() + timedelta(minutes=1)
        (await session.get_one(StaffMember, locked)).pin_locked_until = later
    answers = [await pad.sign_in("guide", WRONG_PIN)]
    answers += [
        await pad.sign_in(login)
        for login in ("elsewhere", "without", "blocked", "locked", "nobody")
    ]
    for answer in answers:
        assert refused(answer, "invalid_grant")["code"] == "PIN_WRONG"
    assert len({answer.text for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


async def test_three_wrong_pins_make_wait_and_each_more_twice_as_long(
    shop: Shop, pad: PadInHand, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    waits: list[int] = []
    for _ in range(10):
        refused(await pad.sign_in("guide", WRONG_PIN), "invalid_grant")
        waits.append(10 * round((await failures_of(database, guide))[1] / 10))
        await wait_is_over(database)
    assert waits == [0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (await pad.sign_in("guide")).status_code == 200
    assert await failures_of(database, guide) == (0, 0.0)


async def test_while_somebody_has_to_wait_the_right_pin_opens_nothing(
    shop: Shop, pad: PadInHand, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    for _ in range(3):
        await pad.sign_in("guide", WRONG_PIN)
    refused(await pad.sign_in("guide"), "invalid_grant")
    assert (await failures_of(database, guide))[0] == 3


async def test_ten_wrong_pins_at_once_get_no_more_tries_than_three(
    shop: Shop, pad: PadInHand, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])

    async def tried(pin: str) -> httpx.Response:
        """On a slow machine again: who was told BUSY was not charged."""
        while (answer := await pad.sign_in("guide", pin)).status_code == 503:
            pass
        return answer

    begun = system_clock()
    answers = await asyncio.gather(*(tried(f"{n:06}") for n in range(10)))
    ended = system_clock()
    for answer in answers:
        refused(answer, "invalid_grant")
    async with database.writes() as session:
        row = await session.get_one(StaffMember, guide)
    assert row.pin_failures == 3
    # The third began the first wait, of a minute, and none after it another one.
    assert row.pin_locked_until is not None
    assert begun <= row.pin_locked_until - timedelta(minutes=1) <= ended


async def test_at_another_stores_pad_nobody_is_made_to_wait(
    shop: Shop, other_shop: Shop, pad: PadInHand, database: Database
):
    guide = await somebody(database, "guide", stores=[other_shop.store_id])
    for _ in range(4):
        refused(await pad.sign_in("guide", WRONG_PIN), "invalid_grant")
    assert await failures_of(database, guide) == (0, 0.0)


async def test_one_pad_tries_only_so_many_pins(shop: Shop, pad: PadInHand):
    answers = [await pad.sign_in("nobody")]
    while answers[-1].status_code == 400:
        assert len(answers) <= 2 * PIN_TRIES.most
        answers.append(await pad.sign_in("nobody"))
    refused(answers[-1], "rate_limited", 429)
    assert len(answers) > PIN_TRIES.most


async def test_only_a_pads_own_token_that_stands_lets_staff_sign_in(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    await somebody(database, "guide", stores=[shop.store_id])
    of_staff = (await pad.sign_in("guide")).json()["access_token"]
    for token in (of_staff, pad.refresh_token, "x"):
        answer = await pad.sign_in("guide", device_token=token)
        assert refused(answer, "invalid_grant")["code"] == "PAD_SIGNED_OUT"
    refused(await pad.sign_in("guide", client_id="nobody"), "invalid_client")
    await ask(api, "revoke", form={"token": pad.refresh_token, "client_id": "pad"})
    # At once, although this process learns of it a moment later.
    assert (await pad.sign_in("guide")).status_code == 400
    refused(await pad.sign_in("guide", pin=""), "invalid_request")


async def test_who_signs_in_while_the_pad_is_revoked_is_out_as_well(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    await somebody(database, "guide", stores=[shop.store_id])
    await somebody(database, "owner", Role.OWNER)

    async def end_it() -> None:
        await asyncio.sleep(0.03)
        form = {"token": pad.refresh_token, "client_id": "pad"}
        assert (await ask(api, "revoke", form=form)).status_code == 200

    await asyncio.gather(*(pad.sign_in("guide") for _ in range(6)), end_it())
    async with database.writes() as session:
        is_open = select(Session).where(Session.ended_at.is_(None))
        assert (await session.scalars(is_open)).all() == []


async def test_ending_a_pads_session_waits_for_whoever_signs_in_there(
    shop: Shop, pad: PadInHand, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    async with database.writes.begin() as signing_in:
        parent = (
            await signing_in.scalars(
                select(Session).where(Session.pad_id == pad.id).with_for_update()
            )
        ).one()
        owner = actions.Owner(staff_id=guide, pad_id=pad.id, parent_id=parent.id)
        begun = await actions.start_session(
            signing_in, "pad", owner, scopes=["pad"], at=system_clock(), random=RANDOM
        )

        async def end() -> None:
            async with database.writes.begin() as session:
                await actions.end(session, parent.id, EndReason.REVOKED, at=system_clock())

        ending = asyncio.create_task(end())
        await until_somebody_waits_for_a_lock(database)
        assert not ending.done()
    await ending
    async with database.writes() as session:
        assert (await session.get_one(Session, begun.id)).end_reason is EndReason.REVOKED


async def test_a_session_at_a_pad_ends_with_the_pads_at_the_latest(
    shop: Shop, pad: PadInHand, database: Database
):
    await somebody(database, "guide", stores=[shop.store_id])
    soon = system_clock() + timedelta(hours=1)
    async with database.writes.begin() as session:
        await session.execute(update(Session).values(expires_at=soon))
    assert (await pad.sign_in("guide")).status_code == 200
    async with database.writes() as session:
        ends = await session.scalars(select(Session.expires_at))
        assert set(ends) == {soon}


async def test_who_is_blocked_is_out_at_the_pad_too(
    shop: Shop, pad: PadInHand, api: Api, database: Database
):
    guide = await somebody(database, "guide", stores=[shop.store_id])
    body = (await pad.sign_in("guide")).json()
    async with database.writes.begin() as session:
        await actions.end_all_of_staff(
            session, guide, EndReason.BLOCKED, at=system_clock(), note="请联系店长"
        )
    await until_out(api, body["access_token"])
    (error,) = await viewer(api, body["access_token"])
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert (await viewer(api, pad.access_token))["staff"] is None
