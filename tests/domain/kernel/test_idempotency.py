"""What of a request is remembered: a fingerprint of its input, and its answer as structure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from domain.kernel import idempotency, problems
from domain.kernel.db import Database
from domain.kernel.errors import Fault, FaultCode, InvalidInput, Problem, ProblemKind, Refused
from domain.kernel.idempotency import RETENTION, RequestAnswer, RequestKey, fingerprint
from domain.kernel.language import Language, Sentence
from domain.kernel.sealing import Vault
from tests import make
from tests.make import NOON


@dataclass(frozen=True, slots=True)
class Place:
    """A particular of a refusal that is a thing by itself."""

    id: UUID
    units: int


@dataclass(eq=False)
class Unreachable(Refused):
    """A refusal with particulars of every kind."""

    id: UUID
    units: int
    word: str | None
    until: datetime
    places: list[Place]


@dataclass(eq=False)
class Closed(Refused):
    """A refusal without particulars."""


@dataclass(eq=False)
class NotNow(Refused):
    """A refusal of this moment."""

    IS_PASSING: ClassVar[bool] = True

    id: UUID


class Parcel(msgspec.Struct, frozen=True):
    """An answer with values of every kind."""

    id: UUID
    units: int
    sent_at: datetime
    lines: list[Place]
    note: str | None


@dataclass
class Given:
    """An input."""

    request_id: UUID
    name: str
    note: str | None = None


VAULT = Vault([b"1" * 32])
UNREACHABLE = Unreachable(
    id=make.an_id(),
    units=2**53 - 1,
    word="“雾”\\",
    until=NOON,
    places=[Place(make.an_id(), 1), Place(make.an_id(), 2)],
)
PARCEL = Parcel(make.an_id(), 2**53 - 1, NOON, [Place(make.an_id(), 3)], None)
INVALID = InvalidInput(
    [problems.TOO_LONG.at("title", most=60), problems.TAKEN.at("variants.2.sku", value="A-1")]
)


def a_key(*, operation: str = "send", digest: bytes = b"1") -> RequestKey:
    """The key of a new request."""
    return RequestKey("staff:1", operation, make.an_id(), digest)


def test_a_fingerprint_knows_neither_order_nor_the_key_nor_what_is_none():
    given = fingerprint({"name": "x", "lines": [{"a": 1, "b": None}], "request_id": "1"}, VAULT)
    same = fingerprint({"request_id": "2", "lines": [{"a": 1}], "note": None, "name": "x"}, VAULT)
    assert given == same
    assert len(given) == 32
    assert fingerprint(Given(make.an_id(), "x"), VAULT) == fingerprint({"name": "x"}, VAULT)


def test_without_the_master_key_nobody_finds_an_input_by_guessing():
    given = {"phone": "+8613800138000", "code": "123456"}
    stranger = Vault([b"2" * 32])
    assert fingerprint(given, VAULT) != fingerprint(given, stranger)
    assert fingerprint(given, VAULT) != sha256(msgspec.json.encode(given, order="sorted")).digest()


@pytest.mark.parametrize(
    "other",
    [
        {"name": "x", "lines": [1, 3]},
        {"name": "x", "lines": [2, 1]},
        {"name": "x", "lines": [1, 2, 3]},
        {"name": "X", "lines": [1, 2]},
        {"name": "x", "lines": ["1", "2"]},
        {"name": "x", "lines": [1, None, 2]},
        {"name": "x"},
        {"name": "x", "lines": [1, 2], "note": ""},
        {"name": "x", "lines": [1, 2], "more": {"request_id": "1"}},
        {"name": {"x": {}}, "lines": [1, 2]},
    ],
)
def test_another_input_has_another_fingerprint(other: object):
    assert fingerprint(other, VAULT) != fingerprint({"name": "x", "lines": [1, 2]}, VAULT)


async def test_an_answer_comes_back_as_it_was(database: Database):
    key = a_key()
    async with database.writes.begin() as session:
        assert await idempotency.begin(session, key, at=NOON)
        assert await idempotency.remember(session, key, PARCEL, Parcel) == PARCEL
    async with database.writes.begin() as session:
        assert not await idempotency.begin(session, key, at=NOON)
        assert await idempotency.remembered(session, key, Parcel) == PARCEL


@pytest.mark.parametrize(
    "refused", [UNREACHABLE, INVALID, Closed()], ids=lambda each: type(each).__name__
)
async def test_a_refusal_comes_back_as_it_was(database: Database, refused: Refused):
    key = a_key()
    async with database.writes.begin() as session:
        assert await idempotency.begin(session, key, at=NOON)
        first = await idempotency.remember_refusal(session, key, refused)
    async with database.writes.begin() as session:
        assert not await idempotency.begin(session, key, at=NOON)
        with pytest.raises(type(refused)) as again:
            await idempotency.remembered(session, key, Parcel)
    for each in (first, again.value):
        assert type(each) is type(refused)
        assert each.particulars == refused.particulars


async def test_a_refusal_of_this_moment_is_not_kept_and_a_repeat_is_new(database: Database):
    key, refused = a_key(), NotNow(make.an_id())
    async with database.writes.begin() as session:
        assert await idempotency.begin(session, key, at=NOON)
        assert await idempotency.remember_refusal(session, key, refused) is refused
    async with database.writes.begin() as session:
        assert await idempotency.begin(session, key, at=NOON)


async def test_no_sentence_is_kept(database: Database):
    key = a_key()
    async with database.writes.begin() as session:
        await idempotency.begin(session, key, at=NOON)
        await idempotency.remember_refusal(session, key, INVALID)
    async with database.writes() as session:
        refusal = await session.scalar(select(RequestAnswer.refusal))
    assert refusal == {
        "name": "InvalidInput",
        "particulars": {
            "problems": [
                {"path": "title", "code": "too_long", "particulars": {"most": 60}},
                {"path": "variants.2.sku", "code": "taken", "particulars": {"value": "A-1"}},
            ]
        },
    }


async def test_a_key_with_another_fingerprint_is_reused(database: Database):
    key = a_key()
    async with database.writes.begin() as session:
        await idempotency.begin(session, key, at=NOON)
        await idempotency.remember(session, key, PARCEL, Parcel)
    other = RequestKey(key.actor, key.operation, key.request_id, b"2")
    async with database.writes.begin() as session:
        assert not await idempotency.begin(session, other, at=NOON)
        with pytest.raises(Fault) as caught:
            await idempotency.remembered(session, other, Parcel)
    assert caught.value.code is FaultCode.KEY_REUSED
    for language in Language:
        assert "requestId" in caught.value.told_in(language)


@pytest.mark.parametrize("part", ["actor", "operation", "request_id"])
async def test_a_key_is_its_actors_for_its_operation_with_its_id(database: Database, part: str):
    key = a_key()
    values: dict[str, Any] = {"actor": "staff:2", "operation": "fetch", "request_id": make.an_id()}
    async with database.writes.begin() as session:
        for each in (key, replace(key, **{part: values[part]})):
            assert await idempotency.begin(session, each, at=NOON)


async def test_an_answer_that_is_just_forgotten_is_busy(database: Database):
    async with database.writes() as session:
        with pytest.raises(Fault) as caught:
            await idempotency.remembered(session, a_key(), Parcel)
    assert caught.value.code is FaultCode.BUSY


async def test_one_request_has_one_outcome(database: Database):
    key = a_key()
    async with database.writes() as session:
        await idempotency.begin(session, key, at=NOON)
        await idempotency.remember(session, key, PARCEL, Parcel)
        with pytest.raises(IntegrityError, match="one_outcome"):
            await idempotency.remember_refusal(session, key, UNREACHABLE)


async def test_answers_are_forgotten_after_thirty_days_the_oldest_first(database: Database):
    assert timedelta(days=30) == RETENTION
    ages = (timedelta(0), RETENTION, RETENTION + timedelta(seconds=1), RETENTION * 2)
    async with database.writes.begin() as session:
        for age in ages:
            await idempotency.begin(session, a_key(), at=NOON - age)
    for forgotten, left in ((1, 3), (1, 2), (0, 2)):
        async with database.writes.begin() as session:
            assert await idempotency.forget_old(session, at=NOON, most=1) == forgotten
            ats = (await session.scalars(select(RequestAnswer.answered_at))).all()
            assert sorted(NOON - at for at in ats) == list(ages[:left])


async def test_an_answer_that_somebody_reads_is_left_for_the_next_sweep(database: Database):
    async with database.writes.begin() as session:
        await idempotency.begin(session, a_key(), at=NOON - RETENTION * 2)
    async with database.writes() as reader, database.writes() as sweeper:
        await reader.execute(text("SELECT 1 FROM request_answers FOR UPDATE"))
        assert await idempotency.forget_old(sweeper, at=NOON, most=9) == 0


def test_a_problem_is_told_in_both_languages():
    problem = problems.OUT_OF_RANGE.at("price", least=1, most=5)
    assert problem == Problem("price", "out_of_range", {"least": 1, "most": 5})
    assert problem.told_in(Language.ZH) == "必须在 1 到 5 之间。"
    assert problem.told_in(Language.EN) == "Must be from 1 to 5."


def test_two_kinds_of_problem_cannot_have_one_code():
    with pytest.raises(ValueError, match="too_long"):
        ProblemKind("too_long", Sentence(zh="太长。", en="Too long."))
