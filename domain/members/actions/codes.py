"""Codes in text messages: promised before they are sent, and good for one use."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from random import Random
from uuid import UUID

from sqlalchemy import case, delete, func, select, update

from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, InvalidInput
from domain.kernel.forgetting import forget_oldest
from domain.kernel.ids import new_id
from domain.kernel.sealing import Vault
from domain.members import statements
from domain.members.actions.phones import phone_key
from domain.members.errors import PhoneCodesUsedUp, PhoneCodeTooSoon
from domain.members.models import OneTimeCode
from domain.members.phone_numbers import calling_code
from domain.members.rules import (
    CODE_DIGITS,
    CODE_LASTS,
    CODE_RETENTION,
    MOST_ATTEMPTS,
    MOST_CODES_A_DAY,
    NOT_SENT_THERE,
    RESEND_AFTER,
    CodeBounds,
)
from domain.members.words import CodeOutcome, CodePurpose

_PURPOSE = "one_time_code"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PromisedCode:
    """A code to be sent; it is known nowhere else."""

    id: UUID
    code: str = field(repr=False)
    expires_at: datetime


async def promise_code(
    session: WriteSession,
    vault: Vault,
    phone: str,
    *,
    purpose: CodePurpose,
    bounds: CodeBounds,
    at: datetime,
    random: Random,
) -> PromisedCode:
    """Make a code for an E.164 number, good for five minutes; it ends the older ones.

    It may be sent once the transaction is committed. ``random`` must be a source that nobody can
    guess. Refuses: InvalidInput for a country out of bounds; PhoneCodeTooSoon within a minute and
    PhoneCodesUsedUp after ten in a day, each purpose for itself. Fault: `Busy`, where the mall
    sends as many as it may; those are counted, not locked.
    """
    _refuse_other_countries(phone, bounds)
    key = phone_key(vault, phone)
    await statements.take_turns(session, [key])
    await _refuse_too_many(session, key, purpose, at)
    await _wait_for_the_minute(session, bounds, at)
    code = f"{random.randrange(10**CODE_DIGITS):0{CODE_DIGITS}}"
    await session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.phone_index == key,
            OneTimeCode.purpose == purpose,
            OneTimeCode.expires_at > at,
        )
        .values(expires_at=at)
        .execution_options(synchronize_session=False)
    )
    promised = OneTimeCode(
        id=new_id(at, random),
        purpose=purpose,
        phone_index=key,
        code_digest=_digest(vault, phone, purpose, code),
        created_at=at,
        expires_at=at + CODE_LASTS,
        attempts=0,
    )
    session.add(promised)
    await session.flush()
    return PromisedCode(promised.id, code, promised.expires_at)


async def take_back(session: WriteSession, code_id: UUID) -> None:
    """Forget a code that certainly was not sent, so that another one may be asked for at once."""
    await session.execute(delete(OneTimeCode).where(OneTimeCode.id == code_id))


async def verify_code(
    session: WriteSession,
    vault: Vault,
    phone: str,
    *,
    purpose: CodePurpose,
    code: str,
    at: datetime,
) -> CodeOutcome:
    """Hold what somebody typed against the number's latest code, and use it up if it is right.

    Every try is counted and must be committed whatever the outcome, which is data for that
    reason: five tries and the code is good for nothing. It takes the number's turn before it locks
    the code, as `promise_code` does, so that nobody waits in a circle with whoever binds next.
    """
    key = phone_key(vault, phone)
    await statements.take_turns(session, [key])
    latest = (
        select(OneTimeCode.id)
        .where(OneTimeCode.phone_index == key, OneTimeCode.purpose == purpose)
        .order_by(OneTimeCode.created_at.desc(), OneTimeCode.id.desc())
        .limit(1)
    )
    is_right = OneTimeCode.code_digest == _digest(vault, phone, purpose, code)
    tried = await session.scalar(
        update(OneTimeCode)
        .where(
            OneTimeCode.id == latest.scalar_subquery(),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > at,
            OneTimeCode.attempts < MOST_ATTEMPTS,
        )
        .values(attempts=OneTimeCode.attempts + 1, used_at=case((is_right, at)))
        .returning(OneTimeCode.used_at.is_not(None))
        .execution_options(synchronize_session=False)
    )
    if tried is not None:
        return CodeOutcome.ACCEPTED if tried else CodeOutcome.WRONG
    spent = select(OneTimeCode.attempts).where(
        OneTimeCode.id == latest.scalar_subquery(),
        OneTimeCode.used_at.is_(None),
        OneTimeCode.expires_at > at,
    )
    return CodeOutcome.EXPIRED if await session.scalar(spent) is None else CodeOutcome.TOO_MANY


async def forget_old_codes(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest codes past their retention, ``most`` at a time; says how many."""
    is_past = OneTimeCode.created_at < at - CODE_RETENTION
    return await forget_oldest(session, OneTimeCode, is_past, by=OneTimeCode.created_at, most=most)


def _refuse_other_countries(phone: str, bounds: CodeBounds) -> None:
    """Messages abroad cost many times as much, and fraud earns from them."""
    if calling_code(phone) not in bounds.countries:
        raise InvalidInput([NOT_SENT_THERE.at("phone")])


async def _refuse_too_many(
    session: WriteSession, key: bytes, purpose: CodePurpose, at: datetime
) -> None:
    """Each message costs money and a person's patience.

    Anybody can ask for codes to sign in: those must not keep a member from binding the number.
    """
    asked = await session.scalars(
        select(OneTimeCode.created_at)
        .where(
            OneTimeCode.phone_index == key,
            OneTimeCode.purpose == purpose,
            OneTimeCode.created_at > at - CODE_RETENTION,
        )
        .order_by(OneTimeCode.created_at)
    )
    moments = asked.all()
    if moments and moments[-1] + RESEND_AFTER > at:
        raise PhoneCodeTooSoon(_seconds(moments[-1] + RESEND_AFTER - at))
    if len(moments) >= MOST_CODES_A_DAY:
        raise PhoneCodesUsedUp(_seconds(moments[-MOST_CODES_A_DAY] + CODE_RETENTION - at))


async def _wait_for_the_minute(session: WriteSession, bounds: CodeBounds, at: datetime) -> None:
    """What a whole botnet costs ends here."""
    latest = select(func.count()).where(OneTimeCode.created_at > at - _MINUTE)
    if (await session.scalars(latest)).one() >= bounds.most_a_minute:
        raise Busy(_seconds(_MINUTE))


def _seconds(wait: timedelta) -> int:
    return ceil(wait.total_seconds())


def _digest(vault: Vault, phone: str, purpose: CodePurpose, code: str) -> bytes:
    return vault.index(f"{purpose}:{phone}:{code}", purpose=_PURPOSE)
