"""The journeys of parcels, each from the first question for it, on a faster clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FASTER = 360
"""A day and a half of a parcel's are six minutes here."""


class End(StrEnum):
    """What becomes of a parcel."""

    DELIVERED = "delivered"
    PROBLEM = "problem"
    RETURNING = "returning"
    UNKNOWN = "unknown"
    """Its carrier never hears of it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens to a parcel, so many hours after it was collected."""

    hours: int
    state: str
    area: str
    text: str


_WAY = (
    Step(0, "1", "上海,上海市,青浦区", "【青浦区】您的快件已被揽收"),
    Step(4, "0", "上海,上海市,青浦区", "快件离开【上海转运中心】，发往【杭州转运中心】"),
    Step(14, "0", "浙江,杭州市", "快件到达【杭州转运中心】"),
    Step(30, "5", "浙江,杭州市,西湖区", "【西湖区】派件员正在为您派件"),
)
_ENDS = {
    End.DELIVERED: Step(36, "3", "浙江,杭州市,西湖区", "您的快件已签收"),
    End.PROBLEM: Step(36, "2", "浙江,杭州市,西湖区", "派件未成功：无法联系收件人"),
    End.RETURNING: Step(36, "6", "浙江,杭州市,西湖区", "收件人拒收，快件正在退回"),
}


@dataclass(slots=True)
class Journey:
    """A parcel on its way; ``asked`` counts the questions for it."""

    company: str
    number: str
    begun_at: datetime
    end: End = End.DELIVERED
    asked: int = 0

    def so_far(self, now: datetime, faster: int) -> Iterator[tuple[datetime, Step]]:
        """What has happened to it by now, the newest first."""
        if self.end is End.UNKNOWN:
            return
        steps: Sequence[Step] = (*_WAY, _ENDS[self.end])
        for step in reversed(steps):
            at = self.begun_at + timedelta(hours=step.hours) / faster
            if at <= now:
                yield at, step


class Journeys:
    """The parcels that somebody has asked for, by their company and number."""

    def __init__(self, faster: int = FASTER) -> None:
        self.faster = faster
        self._kept: dict[tuple[str, str], Journey] = {}

    def of(self, company: str, number: str, now: datetime) -> Journey:
        """The journey of a parcel, which begins now where nobody has asked before."""
        key = company, number
        if key not in self._kept:
            self._kept[key] = Journey(company, number, now)
        return self._kept[key]

    def __iter__(self) -> Iterator[Journey]:
        """Each of them."""
        return iter(self._kept.values())
