"""One reading for all who ask at once, and what becomes of them when it fails."""

import asyncio
from contextlib import suppress
from typing import cast

import pytest
from graphql import DocumentNode

from api.caching.answers import LONGEST_SECONDS, PublicAnswers
from api.caching.encoded import Encoded
from api.caching.reads import PublicRead, Wanted
from api.documents import Document
from api.execution import Answer
from domain.kernel.epochs import Subject
from domain.kernel.errors import Busy
from domain.kernel.language import Language
from tests.api.caching.malls import Seconds

CROWD = 50


class Reading:
    """A public read that takes until the test lets it end, and counts how often it runs."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()
        self.outcomes: list[Answer | BaseException] = []
        """How it ends one time after the other; after that it answers with its number."""

    async def __call__(self) -> Answer:
        self.begun += 1
        number = self.begun
        await self.may_end.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else Answer({"data": number})
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def wanted(subject: Subject = Subject.CATALOG, *, key: bytes = b"{}") -> Wanted:
    """Something that is asked by many."""
    document = Document("toy", cast("DocumentNode", None))
    read = PublicRead(document, (subject.value,), frozenset())
    return Wanted(read, Language.ZH, ("toy", None, "zh", key))


def told(outcome: object) -> object:
    """The bytes of an answer that is everybody's; anything else as it is."""
    return outcome.plain if isinstance(outcome, Encoded) else outcome


async def a_crowd(answers: PublicAnswers, reading: Reading) -> list[asyncio.Task[object]]:
    """So many who ask at once, each of whom waits now."""

    async def ask() -> object:
        return told(await answers.answer(wanted(), reading))

    asking = [asyncio.create_task(ask()) for _ in range(CROWD)]
    for _ in range(5):
        await asyncio.sleep(0)
    return asking


async def test_all_who_ask_at_once_have_one_reading():
    answers, reading = PublicAnswers(10, monotonic=Seconds()), Reading()
    asking = await a_crowd(answers, reading)
    assert reading.begun == 1
    reading.may_end.set()
    assert await asyncio.gather(*asking) == [b'{"data":1}'] * CROWD
    assert reading.begun == 1
    assert told(await answers.answer(wanted(), reading)) == b'{"data":1}'
    assert told(await answers.answer(wanted(key=b'{"first":1}'), reading)) == b'{"data":2}'


@pytest.mark.parametrize("gone", [0, 1])
async def test_who_gives_up_breaks_nothing_off_for_the_others(gone: int):
    answers, reading = PublicAnswers(10, monotonic=Seconds()), Reading()
    asking = await a_crowd(answers, reading)
    asking[gone].cancel()
    with suppress(asyncio.CancelledError):
        await asking[gone]
    reading.may_end.set()
    del asking[gone]
    assert await asyncio.gather(*asking) == [b'{"data":1}'] * (CROWD - 1)
    assert reading.begun == 1


@pytest.mark.parametrize(
    "outcome",
    [Busy(), Answer({"errors": [], "data": None}), TimeoutError()],
    ids=["fault", "errors", "too late"],
)
async def test_a_reading_that_fails_is_that_of_who_began_it_and_others_ask_by_themselves(
    outcome: Answer | Exception,
):
    answers, reading = PublicAnswers(10, monotonic=Seconds()), Reading()
    reading.outcomes = [outcome]
    first, *others = await a_crowd(answers, reading)
    reading.may_end.set()
    if isinstance(outcome, Answer):
        assert await first == outcome
    else:
        with pytest.raises(type(outcome)):
            await first
    # The failure was not kept, and the first answer after it is.
    assert await asyncio.gather(*others) == [b'{"data":2}'] * (CROWD - 1)
    assert told(await answers.answer(wanted(), reading)) == b'{"data":2}'
    assert reading.begun == 2


async def test_who_asks_after_a_change_has_no_reading_that_began_before_it():
    answers, before, after = PublicAnswers(10, monotonic=Seconds()), Reading(), Reading()
    early = await a_crowd(answers, before)
    answers.epochs.hear(Subject.CATALOG)
    after.outcomes = [Answer({"data": "changed"})]
    late = await a_crowd(answers, after)
    assert (before.begun, after.begun) == (1, 1)
    after.may_end.set()
    assert set(await asyncio.gather(*late)) == {b'{"data":"changed"}'}
    before.may_end.set()
    assert set(await asyncio.gather(*early)) == {b'{"data":1}'}
    # What ended later is older, and takes nobody's place.
    assert told(await answers.answer(wanted(), after)) == b'{"data":"changed"}'
    assert after.begun == 1


async def test_who_asks_a_second_later_has_a_reading_of_its_own():
    seconds = Seconds()
    answers, slow, next_one = PublicAnswers(10, monotonic=seconds), Reading(), Reading()
    early = await a_crowd(answers, slow)
    seconds.now += LONGEST_SECONDS
    late = await a_crowd(answers, next_one)
    assert (slow.begun, next_one.begun) == (1, 1)
    for reading in (slow, next_one):
        reading.may_end.set()
    await asyncio.gather(*early, *late)


async def test_only_what_changed_is_read_again_and_all_of_it_where_something_was_missed():
    answers, reading = PublicAnswers(10, monotonic=Seconds()), Reading()
    reading.may_end.set()
    asked = [wanted(subject, key=subject.encode()) for subject in Subject]

    async def read_again() -> list[str]:
        found: list[str] = []
        for subject, each in zip(Subject, asked, strict=True):
            before = reading.begun
            await answers.answer(each, reading)
            found += [subject] * (reading.begun - before)
        return found

    assert await read_again() == [*Subject]
    assert await read_again() == []
    answers.epochs.hear("freight")
    assert await read_again() == ["freight"]
    for told_now in (None, "of a later release"):
        answers.epochs.hear(told_now)
        assert await read_again() == [*Subject]


async def test_no_more_is_kept_than_so_many():
    answers, reading = PublicAnswers(3, monotonic=Seconds()), Reading()
    reading.may_end.set()
    for number in range(4):
        await answers.answer(wanted(key=b"%d" % number), reading)
    begun = reading.begun
    await answers.answer(wanted(key=b"3"), reading)
    assert reading.begun == begun
    await answers.answer(wanted(key=b"0"), reading)
    assert reading.begun == begun + 1


async def test_a_process_that_leaves_waits_for_nothing_that_is_being_made():
    answers, reading = PublicAnswers(10, monotonic=Seconds()), Reading()
    async with answers.kept("postgresql://127.0.0.1:1/nowhere"):
        asking = await a_crowd(answers, reading)
        asking[0].cancel()
        await asyncio.wait(asking[:1])
        for each in asking[1:]:
            each.cancel()
    assert reading.begun == 1
    assert not [task for task in asyncio.all_tasks() if "_make" in repr(task)]
