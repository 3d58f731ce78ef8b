"""One's own account: the password, the PIN and the authenticator, and no guessing on the way."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from pyotp.totp import TOTP
from sqlalchemy import select, text

from api.auth import DEVELOPER
from domain.kernel.actors import By, Role
from domain.kernel.db import Database
from domain.kernel.errors import Refused
from domain.sessions.rules import EndReason
from domain.staff import own_account
from domain.staff.credentials import TOTP_PURPOSE, is_right, recovery_digest, totp_words
from domain.staff.errors import AuthenticatorMissing
from domain.staff.models import RecoveryCode, StaffMember
from domain.staff.own_account import AUTHENTICATOR_LIFE, Proof, SavedOwn
from tests import make
from tests.api.catalog.desk import a_request
from tests.api.contexts import VAULT
from tests.api.staff.desk import PASSWORD, desk_of, own, row_of, someone, trail
from tests.api.staff.test_accounts import a_session, end_of
from tests.make import NOON

NEW = "a walk in the rain"
PIN = "274916"


async def with_authenticator(database: Database) -> tuple[Any, Any, list[str]]:
    """Somebody with an authenticator, their desk, and their recovery codes."""
    staff = await someone(database, Role.OPERATOR)
    desk = desk_of(database, staff)
    begun = await own(desk, "BeginAuthenticator")
    code = TOTP(begun["secret"]).at(NOON)
    given = {"requestId": a_request(), "code": code}
    told = await desk.see("ConfirmAuthenticator", input=given)
    return staff, desk, told["codes"]


async def kept_anywhere(database: Database, secret: str) -> list[str]:
    """The tables in which a secret stands in clear."""
    async with database.writes() as session:
        found: list[str] = []
        for table in ("request_answers", "audit_entries", "staff", "staff_recovery_codes"):
            rows = await session.scalars(text(f"SELECT {table}::text FROM {table}"))
            found += [table for row in rows if secret in row]
        return found


async def test_another_password_ends_the_other_sessions_and_not_this_one(database: Database):
    staff = await someone(database, Role.OPERATOR)
    this, other = await a_session(database, staff.id), None
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, staff.id)
        row.is_password_temporary, row.password_failures = True, 3
    elsewhere = await someone(database, Role.OPERATOR)
    other = await a_session(database, elsewhere.id)
    async with database.writes.begin() as session:
        await session.execute(
            text("UPDATE sessions SET staff_id = :staff WHERE id = :id"),
            {"staff": staff.id, "id": other},
        )
    desk = desk_of(database, replace(staff, session_id=this))
    saved = await own(desk, "ChangePassword", password=NEW)
    assert saved["account"]["isPasswordTemporary"] is False
    kept = await row_of(database, staff.id)
    assert is_right(NEW, kept.password_hash)
    assert kept.password_failures == 0
    assert await end_of(database, this) == (None, None)
    assert await end_of(database, other) == (EndReason.REVOKED, None)
    (entry,) = await trail(database)
    assert (entry.action, entry.reason) == ("staff.change_password", "本人操作 / by themselves")
    assert await kept_anywhere(database, NEW) == []


@pytest.mark.parametrize(
    ("mutation", "given", "problem"),
    [
        ("ChangePassword", {"password": "short"}, ("password", "too_short")),
        ("ChangePassword", {"password": "aaaaaaaaaaaa"}, ("password", "too_simple")),
        ("ChangePassword", {"password": "x" * 90_000}, ("password", "too_long")),
        ("ChangePassword", {"password": PASSWORD}, ("password", "not_new")),
        ("ChangePassword", {"password": "ｃ" + PASSWORD[1:]}, ("password", "not_new")),
        ("SetPin", {"pin": "123456"}, ("pin", "too_simple")),
        ("SetPin", {"pin": "12345"}, ("pin", "no_pin")),
    ],
)
async def test_what_is_easy_to_guess_is_not_taken(
    database: Database, mutation: str, given: dict[str, str], problem: tuple[str, str]
):
    staff = await someone(database, Role.OPERATOR)
    refused = await own(desk_of(database, staff), mutation, **given)
    assert [(each["path"], each["code"]) for each in refused["problems"]] == [problem]
    assert (await row_of(database, staff.id)).revision == 1


async def test_a_pin_is_set_and_unlocks_the_pads(database: Database):
    staff = await someone(database, Role.OPERATOR)
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, staff.id)
        row.pin_failures, row.pin_locked_until = 7, NOON
    saved = await own(desk_of(database, staff), "SetPin", pin=PIN)
    assert (saved["account"]["hasPin"], saved["account"]["pinLockedUntil"]) == (True, None)
    assert is_right(PIN, (await row_of(database, staff.id)).pin_hash)
    assert await kept_anywhere(database, PIN) == []


async def test_an_authenticator_counts_once_it_is_confirmed_and_nothing_stands_in_clear(
    database: Database,
):
    staff = await someone(database, Role.OPERATOR)
    desk = desk_of(database, staff)
    begun = await own(desk, "BeginAuthenticator")
    address = f"otpauth://totp/mall.example:{staff.name}?secret={begun['secret']}"
    assert begun["address"].startswith(address)
    row = await row_of(database, staff.id)
    assert row.totp_sealed
    assert row.totp_confirmed_at is None
    assert VAULT.open(row.totp_sealed, purpose=TOTP_PURPOSE, owner=staff.id.hex)
    wrong = await desk.see("ConfirmAuthenticator", input={"requestId": a_request(), "code": "1"})
    assert wrong["__typename"] == "AuthenticatorCodeWrong"
    code = TOTP(begun["secret"]).at(NOON)
    given = {"requestId": a_request(), "code": code}
    told = await desk.see("ConfirmAuthenticator", input=given)
    assert (len(told["codes"]), told["account"]["recoveryCodesLeft"]) == (10, 10)
    assert told["account"]["hasAuthenticator"]
    assert (await desk.see("ConfirmAuthenticator", input=given))["codes"] is None
    assert (await row_of(database, staff.id)).totp_last_step == NOON.timestamp() // 30
    for secret in (begun["secret"], *told["codes"]):
        assert await kept_anywhere(database, secret) == []
    # Both are of one moment, so their order is chance.
    assert {entry.action: entry.after for entry in await trail(database)} == {
        "staff.begin_authenticator": None,
        "staff.confirm_authenticator": {"has_authenticator": True},
    }


async def test_wrong_codes_of_a_new_authenticator_count_and_lock_as_passwords_do(
    database: Database,
):
    staff = await someone(database, Role.OPERATOR)
    desk = desk_of(database, staff)
    secret = (await own(desk, "BeginAuthenticator"))["secret"]

    async def confirm(code: str) -> Any:
        given = {"requestId": a_request(), "code": code}
        return await desk.see("ConfirmAuthenticator", input=given)

    for failures in range(1, 6):
        assert (await confirm("1"))["__typename"] == "AuthenticatorCodeWrong"
        assert (await row_of(database, staff.id)).password_failures == failures
    locked = await confirm(TOTP(secret).at(NOON))
    assert (locked["__typename"], locked["retryAfterSeconds"]) == ("PasswordLocked", 30)
    assert (await own(desk, "SetPin", pin=PIN))["__typename"] == "PasswordLocked"


async def test_an_authenticator_that_was_begun_waits_for_a_quarter_of_an_hour(
    database: Database,
):
    staff, random = await someone(database, Role.OPERATOR), Random(3)
    proof, secret = (
        Proof((await row_of(database, staff.id)).password_hash, is_right=True),
        b"s" * 20,
    )

    async def confirm(after: timedelta) -> SavedOwn | Refused:
        by = By(staff, NOON + after, random)
        code = TOTP(totp_words(secret)).at(by.at)
        async with database.writes.begin() as session:
            return await own_account.confirm_authenticator(session, VAULT, code, ["r"], by=by)

    async with database.writes.begin() as session:
        by = By(staff, NOON, random)
        await own_account.begin_authenticator(session, VAULT, proof, secret, by=by)
    with pytest.raises(AuthenticatorMissing):
        await confirm(AUTHENTICATOR_LIFE)
    assert isinstance(await confirm(AUTHENTICATOR_LIFE - timedelta(seconds=1)), SavedOwn)
    sealed = (await row_of(database, staff.id)).totp_sealed
    assert sealed
    # What signs in from now on is the secret alone.
    assert VAULT.open(sealed, purpose=TOTP_PURPOSE, owner=staff.id.hex) == secret


async def test_a_secret_is_told_once(database: Database):
    desk = desk_of(database, await someone(database, Role.OPERATOR))
    request = a_request()
    first = await own(desk, "BeginAuthenticator", requestId=request)
    again = await own(desk, "BeginAuthenticator", requestId=request)
    assert first["secret"]
    assert (again["secret"], again["address"]) == (None, None)


async def test_new_recovery_codes_take_the_place_of_the_old_ones(database: Database):
    staff, desk, old = await with_authenticator(database)
    told = await own(desk, "RenewRecoveryCodes")
    assert len(set(told["codes"]) - set(old)) == 10
    async with database.writes() as session:
        kept = set(await session.scalars(select(RecoveryCode.digest)))
    assert kept == {recovery_digest(code.upper()) for code in told["codes"]}
    saved = await own(desk, "RemoveAuthenticator")
    account = saved["account"]
    assert (account["hasAuthenticator"], account["recoveryCodesLeft"]) == (False, 0)
    assert (await row_of(database, staff.id)).totp_sealed is None


async def test_an_authenticator_is_set_up_once_and_turned_off_once(database: Database):
    _, desk, _ = await with_authenticator(database)
    assert (await own(desk, "BeginAuthenticator"))["__typename"] == "AuthenticatorOn"
    given = {"requestId": a_request(), "code": "123456"}
    on = await desk.see("ConfirmAuthenticator", input=given)
    assert on["__typename"] == "AuthenticatorOn"
    await own(desk, "RemoveAuthenticator")
    for mutation in ("RemoveAuthenticator", "RenewRecoveryCodes"):
        assert (await own(desk, mutation))["__typename"] == "AuthenticatorMissing"
    off = await desk.see("ConfirmAuthenticator", input={**given, "requestId": a_request()})
    assert off["__typename"] == "AuthenticatorMissing"


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("ChangePassword", {"password": NEW}),
        ("SetPin", {"pin": PIN}),
        ("BeginAuthenticator", {}),
        ("RenewRecoveryCodes", {}),
        ("RemoveAuthenticator", {}),
    ],
)
async def test_a_stolen_session_guesses_five_times_and_then_waits(
    database: Database, mutation: str, given: dict[str, str]
):
    staff = await someone(database, Role.OPERATOR)
    desk = desk_of(database, staff)
    for _ in range(5):
        wrong = await own(desk, mutation, currentPassword="a guess", **given)
        assert wrong["__typename"] == "PasswordWrong"
    locked = await own(desk, mutation, **given)
    assert (locked["__typename"], locked["retryAfterSeconds"]) == ("PasswordLocked", 30)
    row = await row_of(database, staff.id)
    assert (row.password_failures, row.password_locked_until) == (5, NOON + timedelta(seconds=30))
    assert (row.revision, await trail(database)) == (1, [])


async def test_guesses_at_the_same_time_are_counted_one_by_one(database: Database):
    staff = await someone(database, Role.OPERATOR)
    tries = [
        own(desk_of(database, staff), "SetPin", pin=PIN, currentPassword="a guess")
        for _ in range(12)
    ]
    outcomes = Counter(each["__typename"] for each in await asyncio.gather(*tries))
    assert outcomes == {"PasswordWrong": 5, "PasswordLocked": 7}


async def test_who_is_kept_out_or_has_no_account_changes_nothing(database: Database):
    staff = await someone(database, Role.OPERATOR)
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, staff.id)
        row.blocked_at, row.block_reason = NOON, "x"
    given = {"requestId": a_request(), "currentPassword": PASSWORD, "pin": PIN}
    for actor in (staff, DEVELOPER, replace(staff, id=make.an_id())):
        code = await desk_of(database, actor).code("playground/SetPin", input=given)
        assert code == "UNAUTHENTICATED"
