"""The answers that requests have had, so that a repeat gets the first one again (0.8, 0.16).

A mutation's transaction claims its key before anything else, so a twin that runs at the same
time waits for the answer. The answer, success or refusal, is written in the transaction of the
effect: both are there or neither. A fault or a bug rolls the key back with everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    and_,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.db import Base, WriteSession
from domain.kernel.errors import Busy, KeyReused, Refused
from domain.kernel.forgetting import forget_oldest
from domain.kernel.sealing import Vault

A = TypeVar("A")

RETENTION = timedelta(days=30)
"""How long an answer is kept; no client repeats a request for longer. Kept by a sweep."""
TWIN_WAIT_SECONDS = 2
"""How long a request waits for a twin that runs at the same time."""
CLAIM = timedelta(seconds=30)
"""How long a key is claimed without a transaction; longer than any request may take.

Measured by PostgreSQL's clock, since processes on several hosts claim the same keys.
"""

_REQUEST_ID = "request_id"
_PURPOSE = "request_fingerprint"


class RequestAnswer(Base):
    """What one request was answered: a success or a refusal, as structure.

    Neither is there while the transaction that claimed the key still runs, or while a service
    outside is asked between two transactions: at most for `CLAIM`. ``answered_at`` is then when
    it was claimed.
    """

    __tablename__ = "request_answers"
    __table_args__ = (
        CheckConstraint("answer IS NULL OR refusal IS NULL", name="one_outcome"),
        Index(None, "answered_at"),
    )

    actor: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    answered_at: Mapped[datetime]
    answer: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    refusal: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))


@dataclass(frozen=True, slots=True)
class RequestKey:
    """One request of one actor, with the fingerprint of what it asks for.

    ``claimed_at`` is there once the key was claimed without a transaction (`claim`): whoever
    claimed it at another moment has no say any more.
    """

    actor: str
    operation: str
    request_id: UUID
    fingerprint: bytes
    claimed_at: datetime | None = None


class _KeptRefusal(msgspec.Struct, frozen=True):
    """A refusal as it is kept: never as text in somebody's language."""

    name: str
    particulars: dict[str, Any]


def fingerprint(given: object, vault: Vault) -> bytes:
    """The fingerprint of an input: the same for the same values, whatever their order.

    Keyed by the vault: an input may be a phone and a code, which few guesses would find out.

    ``given`` is a mapping, a struct or a dataclass of plain values. Its ``request_id`` does not
    count. Neither does what is None, so that a release that adds an optional field still
    recognises what was sent before it.
    """
    values = _without_none(msgspec.to_builtins(given))
    values.pop(_REQUEST_ID, None)
    return vault.index(msgspec.json.encode(values, order="sorted").decode(), purpose=_PURPOSE)


_IS_UNANSWERED = and_(RequestAnswer.answer.is_(None), RequestAnswer.refusal.is_(None))


async def begin(session: WriteSession, key: RequestKey, *, at: datetime) -> bool:
    """Claim the key as the first statement of a transaction; False for a repeat.

    A twin under way is waited for. Faults: `Busy` where it takes longer than
    `TWIN_WAIT_SECONDS`, by the edge that sees the lock timeout.
    """
    return await _insert(session, key, at) is not None


async def claim(session: WriteSession, key: RequestKey) -> RequestKey | None:
    """Claim the key for as long as `CLAIM`, without a transaction; None for a repeat.

    Answers with the key as it is claimed: only with it is the request answered or given back.
    A claim of a process that has gone without an answer is taken over. Faults: as `begin`.
    """
    now = func.clock_timestamp()
    claimed_at = await _insert(session, key, now)
    if claimed_at is None:
        lapsed = (
            update(RequestAnswer)
            .where(
                _is(key),
                _IS_UNANSWERED,
                RequestAnswer.fingerprint == key.fingerprint,
                RequestAnswer.answered_at <= now - CLAIM,
            )
            .values(answered_at=now)
            .returning(RequestAnswer.answered_at)
        )
        claimed_at = await session.scalar(lapsed)
    return None if claimed_at is None else replace(key, claimed_at=claimed_at)


async def release(session: WriteSession, key: RequestKey) -> None:
    """Give a key that one still has claimed back, so that the request may be sent again."""
    await session.execute(delete(RequestAnswer).where(_is_mine(key)))


async def remembered(session: WriteSession, key: RequestKey, answer: type[A]) -> A:
    """The first answer to the request, as a value of the type ``answer``.

    Raises the `Refused` that it was; a KEY_REUSED `Fault` where the input was another one;
    `Busy` while a twin asks a service outside, and in the rare moment in which the answer is just
    being forgotten.
    """
    row = (
        await session.execute(
            select(RequestAnswer.fingerprint, RequestAnswer.answer, RequestAnswer.refusal).where(
                _is(key)
            )
        )
    ).one_or_none()
    if row is None:
        raise Busy
    if row.fingerprint != key.fingerprint:
        raise KeyReused
    if row.refusal is not None:
        raise rebuilt(row.refusal)
    if row.answer is None:
        raise Busy
    return msgspec.convert(row.answer, answer)


async def remember(session: WriteSession, key: RequestKey, result: A, answer: type[A]) -> A:
    """Keep a success, and answer with it exactly as a repeat will get it.

    ``answer`` is a struct, or another type that JSON can carry whole, and never None. Faults:
    `Busy`, where the claim lapsed and somebody else has it; the effect has to be undone then.
    """
    stored = msgspec.to_builtins(result)
    assert stored is not None
    await _keep(session, key, answer=stored)
    return msgspec.convert(stored, answer)


async def remember_refusal(session: WriteSession, key: RequestKey, refused: Refused) -> Refused:
    """Keep a refusal, and answer with it exactly as a repeat will get it. Faults: as `remember`.

    One that passes by itself is not kept: the key is given back, and a repeat is tried anew.
    """
    if refused.IS_PASSING:
        await release(session, key)
        return refused
    stored = kept_refusal(refused)
    await _keep(session, key, refusal=stored)
    return rebuilt(stored)


def kept_refusal(refused: Refused) -> Any:
    """The refusal as the JSON that is kept."""
    particulars = msgspec.to_builtins(refused.particulars)
    return msgspec.to_builtins(_KeptRefusal(type(refused).__name__, particulars))


def rebuilt(kept: object) -> Refused:
    """The refusal that was kept."""
    refusal = msgspec.convert(kept, _KeptRefusal)
    return msgspec.convert(refusal.particulars, Refused.BY_NAME[refusal.name])


async def forget_old(session: WriteSession, *, at: datetime, most: int) -> int:
    """Forget the oldest answers past their retention, ``most`` at a time; says how many."""
    is_past = RequestAnswer.answered_at < at - RETENTION
    return await forget_oldest(
        session, RequestAnswer, is_past, by=RequestAnswer.answered_at, most=most
    )


async def _insert(
    session: WriteSession, key: RequestKey, at: datetime | ColumnElement[datetime]
) -> datetime | None:
    """Write the key without an answer; None where it is there already."""
    await session.execute(text(f"SET LOCAL lock_timeout = '{TWIN_WAIT_SECONDS}s'"))
    written = insert(RequestAnswer).values(
        actor=key.actor,
        operation=key.operation,
        request_id=key.request_id,
        fingerprint=key.fingerprint,
        answered_at=at,
    )
    written = written.on_conflict_do_nothing().returning(RequestAnswer.answered_at)
    answered_at = await session.scalar(written)
    await session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    return answered_at


async def _keep(session: WriteSession, key: RequestKey, **outcome: Any) -> None:
    kept = update(RequestAnswer).where(_is_mine(key)).values(**outcome)
    if await session.scalar(kept.returning(RequestAnswer.request_id)) is None:
        raise Busy


def _is_mine(key: RequestKey) -> ColumnElement[bool]:
    """The key's row; of a claim, for as long as nobody else has claimed or answered it."""
    if key.claimed_at is None:
        return _is(key)
    return and_(_is(key), _IS_UNANSWERED, RequestAnswer.answered_at == key.claimed_at)


def _is(key: RequestKey) -> Any:
    return tuple_(RequestAnswer.actor, RequestAnswer.operation, RequestAnswer.request_id) == (
        tuple_(key.actor, key.operation, key.request_id)
    )


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        given = cast("Mapping[str, Any]", value)
        return {name: _without_none(each) for name, each in given.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_without_none(each) for each in cast("list[Any]", value)]
    return value
