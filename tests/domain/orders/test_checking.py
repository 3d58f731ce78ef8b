"""Having texts judged: what passes, what people look at, and what is refused."""

import asyncio

import pytest

from domain.kernel.outside import (
    OutsideError,
    OutsideLimited,
    OutsideMisconfigured,
    OutsideRejected,
    OutsideUnavailable,
)
from domain.orders.cart import checking
from domain.orders.cart.checking import UNASKED, Review, review_of
from domain.orders.cart.errors import PersonalisationNotAllowed
from domain.orders.cart.models import EngravedText
from domain.orders.ports import CheckedText, TextVerdict
from domain.orders.words import ReviewStatus
from tests.patience import PATIENCE_SECONDS

NAME, DATE = EngravedText("name", "林小满"), EngravedText("date", "0526")


class Judge:
    """A service that says what it was told to, of each text."""

    def __init__(self, **said: TextVerdict | Exception) -> None:
        self.said = said
        self.asked: list[tuple[str, str]] = []

    async def check(self, openid: str, text: str) -> CheckedText:
        """Say it."""
        self.asked.append((openid, text))
        said = self.said.get("t" + text, TextVerdict.PASS)
        if isinstance(said, Exception):
            raise said
        return CheckedText(said, f"trace-{text}")


async def test_texts_that_all_pass_have_passed():
    judge = Judge()
    found = await review_of(judge, "o-1", [NAME, DATE])
    assert found == Review(ReviewStatus.PASSED, "trace-林小满 trace-0526")
    assert judge.asked == [("o-1", "林小满"), ("o-1", "0526")]


async def test_one_text_that_somebody_should_see_makes_the_line_wait():
    found = await review_of(Judge(t0526=TextVerdict.REVIEW), "o-1", [NAME, DATE])
    assert found == Review(ReviewStatus.PENDING, "trace-林小满 trace-0526")


async def test_a_risky_text_is_refused_by_its_field():
    with pytest.raises(PersonalisationNotAllowed) as caught:
        await review_of(Judge(t0526=TextVerdict.RISKY), "o-1", [NAME, DATE])
    assert caught.value.codes == ["date"]


@pytest.mark.parametrize(
    "error",
    [
        OutsideUnavailable("away", may_have_happened=True),
        OutsideLimited("45009", retry_after_seconds=60),
        OutsideRejected("61010"),
        OutsideMisconfigured("40001"),
    ],
)
async def test_what_nobody_could_judge_waits_for_people(error: OutsideError):
    found = await review_of(Judge(t0526=error), "o-1", [NAME, DATE])
    assert found == Review(ReviewStatus.PENDING, "trace-林小满")
    # What could be judged still is.
    with pytest.raises(PersonalisationNotAllowed):
        await review_of(Judge(t0526=error, t林小满=TextVerdict.RISKY), "o-1", [NAME, DATE])


async def test_without_a_service_or_an_openid_nobody_is_asked():
    judge = Judge()
    assert await review_of(judge, None, [NAME]) == UNASKED
    assert await review_of(None, "o-1", [NAME]) == UNASKED
    assert judge.asked == []


async def test_a_slow_service_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    class Slow:
        async def check(self, openid: str, text: str) -> CheckedText:
            del openid, text
            await asyncio.sleep(60)
            raise AssertionError

    monkeypatch.setattr(checking, "PATIENCE_SECONDS", 0.05)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await review_of(Slow(), "o-1", [NAME]) == UNASKED
