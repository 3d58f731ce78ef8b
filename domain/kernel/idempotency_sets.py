"""The answers of many requests at once: each function here is one statement for any number.

What `domain.kernel.idempotency` does for one request, for a batch of them (0.20).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    cast,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.types import TypeEngine

from domain.kernel.arrays import rows_of
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, KeyReused, Refused
from domain.kernel.idempotency import RequestAnswer, RequestKey, kept_refusal, rebuilt

A = TypeVar("A")

Identity = tuple[str, str, UUID]
"""What makes two requests one and the same: actor, operation and request id."""


def identity_of(key: RequestKey) -> Identity:
    """The key without what the request asks for."""
    return key.actor, key.operation, key.request_id


async def begin_all(
    session: WriteSession, keys: Sequence[RequestKey], *, at: datetime
) -> set[RequestKey]:
    """Claim the keys as the first statement of a transaction; answers with those that are new.

    No two keys have the same identity. They are written in order, so two batches that share
    keys wait for each other and never in a circle. A twin under way is waited for as any lock is.
    """
    ordered = sorted(keys, key=identity_of)
    given = _asked(ordered, fingerprint=(LargeBinary, [each.fingerprint for each in ordered]))
    rows = select(
        given.c.actor, given.c.operation, given.c.request_id, given.c.fingerprint, literal(at)
    ).order_by(given.c.position)
    written = insert(RequestAnswer).from_select(
        ["actor", "operation", "request_id", "fingerprint", "answered_at"], rows
    )
    written = written.on_conflict_do_nothing().returning(
        RequestAnswer.actor, RequestAnswer.operation, RequestAnswer.request_id
    )
    new = {tuple(row) for row in await session.execute(written)}
    return {each for each in ordered if identity_of(each) in new}


async def remembered_all(
    session: WriteSession, keys: Sequence[RequestKey], answer: type[A]
) -> dict[RequestKey, A | Refused | KeyReused | Busy]:
    """What each of these requests was answered before, as `idempotency.remembered` tells it.

    Nothing is raised: what that raises stands in the place of the answer.
    """
    given = _asked(keys)
    rows = await session.execute(
        select(
            given.c.position,
            RequestAnswer.fingerprint,
            RequestAnswer.answer,
            RequestAnswer.refusal,
        ).where(_is_row_of(given))
    )
    outcomes: dict[RequestKey, A | Refused | KeyReused | Busy] = {key: Busy() for key in keys}
    number: int
    for number, digest, kept, refusal in rows:
        key = keys[number - 1]
        if digest != key.fingerprint:
            outcomes[key] = KeyReused()
        elif refusal is not None:
            outcomes[key] = rebuilt(refusal)
        elif kept is not None:
            outcomes[key] = msgspec.convert(kept, answer)
    return outcomes


async def remember_all(
    session: WriteSession, outcomes: Mapping[RequestKey, A | Refused], answer: type[A]
) -> dict[RequestKey, A | Refused]:
    """Keep how requests went whose keys this transaction has claimed.

    Answers with each outcome exactly as a repeat will get it. ``answer`` is as for
    `idempotency.remember`.
    """
    kept = [_kept(outcome) for outcome in outcomes.values()]
    given = _asked(
        list(outcomes),
        success=(Text, [_json(success) for success, _ in kept]),
        refusal=(Text, [_json(refusal) for _, refusal in kept]),
    )
    written = (
        update(RequestAnswer)
        .where(_is_row_of(given))
        .values(answer=cast(given.c.success, JSONB), refusal=cast(given.c.refusal, JSONB))
        .returning(given.c.position)
        .execution_options(synchronize_session=False)
    )
    assert len((await session.execute(written)).all()) == len(kept)
    return {
        key: msgspec.convert(success, answer) if refusal is None else rebuilt(refusal)
        for key, (success, refusal) in zip(outcomes, kept, strict=True)
    }


def _asked(
    keys: Sequence[RequestKey], **more: tuple[type[TypeEngine[Any]], Sequence[object]]
) -> TableValuedAlias:
    """The identities of the keys as a table, with more columns beside them."""
    return rows_of(
        "asked",
        actor=(Text, [each.actor for each in keys]),
        operation=(Text, [each.operation for each in keys]),
        request_id=(Uuid, [each.request_id for each in keys]),
        **more,
    )


def _is_row_of(given: TableValuedAlias) -> ColumnElement[bool]:
    return and_(
        RequestAnswer.actor == given.c.actor,
        RequestAnswer.operation == given.c.operation,
        RequestAnswer.request_id == given.c.request_id,
    )


def _kept(outcome: object) -> tuple[Any, Any]:
    """A success or a refusal as it is kept; the other is None."""
    if isinstance(outcome, Refused):
        return None, kept_refusal(outcome)
    success = msgspec.to_builtins(outcome)
    assert success is not None
    return success, None


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
