"""Who acts on what cases tell: the log, the figures, and their members who are told."""

from collections.abc import Sequence

from domain.aftersales.events import CaseMoved
from domain.aftersales.moving import Mover, lock_for_all
from domain.aftersales.refunds import case_of, settle
from domain.aftersales.words import CaseStatus
from domain.kernel.db import WriteSession
from domain.kernel.logs import logger
from domain.kernel.metrics import CASES_MOVED
from domain.kernel.outbox import DueFact
from domain.messages import news
from domain.messages.words import CaseNews
from workers.messages import tell_members
from workers.tools import Tools

_LOG = logger(__name__)
_ACTOR = "worker:relay_outbox"
_TOLD = {
    CaseStatus.APPROVED: CaseNews.SEND_BACK,
    CaseStatus.REFUNDING: CaseNews.REFUNDING,
    CaseStatus.RECEIVED: CaseNews.RECEIVED,
    CaseStatus.REFUSED: CaseNews.REFUSED,
    CaseStatus.EXCHANGED: CaseNews.EXCHANGED,
    CaseStatus.EXPIRED: CaseNews.EXPIRED,
}
"""What members are told. What they did themselves they know; money that is back has its own."""


async def note_case(session: WriteSession, facts: Sequence[DueFact], tools: Tools) -> None:
    """Tell the members of cases that moved on, write it into the log, and count it."""
    told: list[news.News] = []
    for fact in facts:
        event = fact.event
        assert isinstance(event, CaseMoved)
        CASES_MOVED.labels(event.kind, event.status).inc()
        _LOG.info(
            "case.moved", case_id=str(fact.aggregate_id), kind=event.kind, status=event.status
        )
        what = _news(event)
        if what is not None:
            told.append(
                news.case_moved(
                    event.member_id,
                    event.order_id,
                    event.order_number,
                    what,
                    f"{fact.type}:{fact.aggregate_id.hex}:{fact.sequence}",
                    note=event.told,
                )
            )
    await tell_members(session, told, tools)


def _news(event: CaseMoved) -> CaseNews | None:
    """What a member is told; None for what they know, or hear of by the money itself."""
    if event.is_instant and event.refund_fen:
        return None
    if event.status is CaseStatus.REQUESTED and event.is_by_staff:
        return CaseNews.OPENED
    return _TOLD.get(event.status)


async def settle_cases(session: WriteSession, sources: Sequence[str], tools: Tools) -> None:
    """Note of which cases all money is back, by the causes of the refunds that succeeded."""
    by = Mover(_ACTOR, tools.clock(), tools.random, tools.case_terms)
    cases = [found for each in sources if (found := case_of(each))]
    await lock_for_all(session, cases)
    for case_id in sorted(cases):
        await settle(session, case_id, by)
