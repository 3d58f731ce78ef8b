"""Cases that the staff open for members."""

from uuid import UUID

from domain.aftersales import on_behalf
from domain.aftersales.on_behalf import AskedForMember
from domain.aftersales.opening import Asked, Preview
from domain.aftersales.rules import CaseWish
from tests.domain.aftersales.cases import Counter


async def staff_preview(
    counter: Counter, wanted: CaseWish, exception: str | None = None
) -> Preview:
    """What the preview tells somebody of the staff."""
    return await on_behalf.preview_for_member(
        counter.database.reads, counter.sold.order_id, wanted, exception, counter.terms, counter.by
    )


async def open_for_them(
    counter: Counter,
    wanted: CaseWish,
    exception: str | None = None,
    seen: tuple[int, int] | None = None,
) -> UUID:
    """Ask for it for the member, by the figures of the preview: the amount, and how many cases."""
    if seen is None:
        told = await staff_preview(counter, wanted, exception)
        seen = told.plan.total_fen, told.cases
    given = AskedForMember(Asked(wanted, [], seen[0]), seen[1], exception, "会员来电")
    async with counter.database.writes.begin() as session:
        opened = await on_behalf.open_for_member(
            session, counter.sold.order_id, given, counter.by, counter.terms
        )
    return opened.case_id
