"""Having texts judged before they are kept, and never at the cost of the member's request."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from domain.kernel.outside import OutsideError
from domain.orders.cart.errors import PersonalisationNotAllowed
from domain.orders.cart.models import EngravedText
from domain.orders.ports import CheckedText, TextCheck, TextVerdict
from domain.orders.words import ReviewStatus

PATIENCE_SECONDS = 4.0
"""How long a member waits for the verdict; then people look at the text."""
_BETWEEN_TRACES = " "


class Review(msgspec.Struct, frozen=True):
    """Whether a line's texts may be engraved: PASSED, or PENDING until people have looked.

    ``check_trace`` has the checking service's numbers, one for each text that it judged.
    """

    status: ReviewStatus
    check_trace: str | None = None


UNASKED = Review(ReviewStatus.PENDING)
"""Of texts that nobody could be asked about."""


async def review_of(
    check: TextCheck | None, openid: str | None, texts: Sequence[EngravedText]
) -> Review:
    """Have each text judged; without a service or an openid nobody is asked.

    Whatever the service does not say leaves the texts to people. Not to be called inside a
    transaction. Refuses: PersonalisationNotAllowed.
    """
    if check is None or openid is None:
        return UNASKED
    answers = await asyncio.gather(*(_answer(check, openid, each.text) for each in texts))
    risky = [each.code for each, said in zip(texts, answers, strict=True) if _is_risky(said)]
    if risky:
        raise PersonalisationNotAllowed(risky)
    has_passed = all(said is not None and said.verdict is TextVerdict.PASS for said in answers)
    status = ReviewStatus.PASSED if has_passed else ReviewStatus.PENDING
    return Review(status, _traces(answers))


async def _answer(check: TextCheck, openid: str, text: str) -> CheckedText | None:
    """The verdict, None where there is none: the gateway's own log says why."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check.check(openid, text)
    except (OutsideError, TimeoutError):
        return None


def _is_risky(said: CheckedText | None) -> bool:
    return said is not None and said.verdict is TextVerdict.RISKY


def _traces(answers: Iterable[CheckedText | None]) -> str | None:
    return _BETWEEN_TRACES.join(said.trace for said in answers if said is not None) or None
