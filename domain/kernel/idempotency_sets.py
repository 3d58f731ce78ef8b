"""The answers of many requests at once: each function here is one statement for any number.

What `domain.kernel.idempotency` does for one request, for a batch of them (0.20).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from domain.kernel.db import HotWrite
from domain.kernel.errors import Busy, KeyReused, Refused
from domain.kernel.hot_pool import Sender
from domain.kernel.idempotency import RequestAnswer, RequestKey, kept_refusal, rebuilt
from domain.kernel.row_sets import RowSet

A = TypeVar("A")

Identity = tuple[str, str, UUID]
"""What makes two requests one and the same: actor, operation and request id."""


_KEY = "actor operation request_id"
_CLAIMED = RowSet("claimed", RequestAnswer, f"{_KEY} fingerprint", number=BigInteger())
_ASKED = RowSet("asked", RequestAnswer, _KEY, number=BigInteger())
_KEPT = RowSet("kept", RequestAnswer, _KEY, success=Text(), refused=Text())


def _is_row_of(rows: RowSet) -> ColumnElement[bool]:
    return and_(
        RequestAnswer.actor == rows.c.actor,
        RequestAnswer.operation == rows.c.operation,
        RequestAnswer.request_id == rows.c.request_id,
    )


_CLAIM = HotWrite(
    insert(_CLAIMED.table)
    .from_select(
        [*_KEY.split(), "fingerprint", "answered_at"],
        select(
            *(_CLAIMED.c[each] for each in [*_KEY.split(), "fingerprint"]),
            bindparam("at", type_=RequestAnswer.answered_at.type),
        ).order_by(_CLAIMED.c.number),
    )
    .on_conflict_do_nothing()
    .returning(RequestAnswer.actor, RequestAnswer.operation, RequestAnswer.request_id)
)
_FIND = HotWrite(
    select(
        _ASKED.c.number,
        RequestAnswer.fingerprint,
        cast(RequestAnswer.answer, Text),
        cast(RequestAnswer.refusal, Text),
    ).where(_is_row_of(_ASKED))
)
_GIVE_BACK = HotWrite(delete(RequestAnswer).where(_is_row_of(_ASKED)))
_KEEP = HotWrite(
    update(RequestAnswer)
    .where(_is_row_of(_KEPT))
    .values(answer=cast(_KEPT.c.success, JSONB), refusal=cast(_KEPT.c.refused, JSONB))
    .returning(RequestAnswer.request_id)
)


def identity_of(key: RequestKey) -> Identity:
    """The key without what the request asks for."""
    return key.actor, key.operation, key.request_id


async def begin_all(
    session: Sender, keys: Sequence[RequestKey], *, at: datetime
) -> set[RequestKey]:
    """Claim the keys as the first statement of a transaction; answers with those that are new.

    No two keys have the same identity. They are written in order, so two batches that share
    keys wait for each other and never in a circle. A twin under way is waited for as any lock is.
    """
    ordered = sorted(keys, key=identity_of)
    claims = ((*identity_of(key), key.fingerprint, number) for number, key in enumerate(ordered))
    written = await _CLAIM.rows(session, **_CLAIMED.bound(claims), at=at)
    new = {tuple(row) for row in written}
    return {each for each in ordered if identity_of(each) in new}


async def remembered_all(
    session: Sender, keys: Sequence[RequestKey], answer: type[A]
) -> dict[RequestKey, A | Refused | KeyReused | Busy]:
    """What each of these requests was answered before, as `idempotency.remembered` tells it.

    Nothing is raised: what that raises stands in the place of the answer.
    """
    asked = ((*identity_of(key), number) for number, key in enumerate(keys))
    rows = await _FIND.rows(session, **_ASKED.bound(asked))
    outcomes: dict[RequestKey, A | Refused | KeyReused | Busy] = {key: Busy() for key in keys}
    number: int
    for number, digest, kept, refusal in rows:
        key = keys[number]
        if digest != key.fingerprint:
            outcomes[key] = KeyReused()
        elif refusal is not None:
            outcomes[key] = rebuilt(msgspec.json.decode(refusal))
        elif kept is not None:
            outcomes[key] = msgspec.json.decode(kept, type=answer)
    return outcomes


async def remember_all(
    session: Sender, outcomes: Mapping[RequestKey, A | Refused], answer: type[A]
) -> dict[RequestKey, A | Refused]:
    """Keep how requests went whose keys this transaction has claimed.

    Answers with each outcome exactly as a repeat will get it; of a refusal that passes by itself
    the key is given back, as `idempotency.remember_refusal` does. ``answer`` is as for
    `idempotency.remember`.
    """
    lasting = {key: outcome for key, outcome in outcomes.items() if not _passes(outcome)}
    kept = [_kept(outcome) for outcome in lasting.values()]
    answered = (
        (*identity_of(key), _json(success), _json(refusal))
        for key, (success, refusal) in zip(lasting, kept, strict=True)
    )
    written = await _KEEP.rows(session, **_KEPT.bound(answered))
    assert len(written) == len(kept)
    if passing := outcomes.keys() - lasting.keys():
        given_back = ((*identity_of(key), number) for number, key in enumerate(passing))
        await _GIVE_BACK.run(session, **_ASKED.bound(given_back))
    return dict(outcomes) | {
        key: msgspec.convert(success, answer) if refusal is None else rebuilt(refusal)
        for key, (success, refusal) in zip(lasting, kept, strict=True)
    }


def _passes(outcome: object) -> bool:
    return isinstance(outcome, Refused) and outcome.IS_PASSING


def _kept(outcome: object) -> tuple[Any, Any]:
    """A success or a refusal as it is kept; the other is None."""
    if isinstance(outcome, Refused):
        return None, kept_refusal(outcome)
    success = msgspec.to_builtins(outcome)
    assert success is not None
    return success, None


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
