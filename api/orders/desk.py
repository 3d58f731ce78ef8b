"""What a process has for engravings: who judges the texts that members want."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.attempts import Attempts, Limit, RateLimited
from domain.orders.cart.actions import ToCheck
from domain.orders.cart.checking import UNASKED, Review, review_of
from domain.orders.cart.models import EngravedText
from domain.orders.ports import TextCheck

TEXTS_OF_MEMBER = Limit("member_texts", most=60, seconds=600)
"""Texts that WeChat is asked about for one member: it judges so many a minute for the mall."""


@dataclass(frozen=True, slots=True)
class TextDesk:
    """Judges texts. ``texts`` is None where the mall is not connected to anybody who does.

    ``wechat_app_id`` is the mini-program whose openids the service knows members by.
    """

    texts: TextCheck | None = None
    wechat_app_id: str | None = None

    async def review(self, attempts: Attempts, who: str, given: ToCheck) -> Review | None:
        """What is found of a line's texts; None where there are none.

        Somebody who has had too many judged goes on, and people look at the rest. Not to be
        called inside a transaction. Refuses: PersonalisationNotAllowed.
        """
        if not given.texts:
            return None
        if given.known is not None:
            return given.known
        if self.texts is None or not await _may_ask(attempts, who, given.texts):
            return UNASKED
        return await review_of(self.texts, given.openid, given.texts)


async def _may_ask(attempts: Attempts, who: str, texts: Sequence[EngravedText]) -> bool:
    try:
        for _ in texts:
            await attempts.take(TEXTS_OF_MEMBER, who)
    except RateLimited:
        return False
    return True
