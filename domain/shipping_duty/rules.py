"""What is told of an order's parcels, and when: judged without a database and without WeChat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from domain.orders.words import Carrier
from domain.shipping_duty.words import LogisticsType

SHIP_WITHIN = timedelta(hours=48)
"""By when WeChat wants to be told after a payment."""
REPORTED_FROM, REPORTED_TO = timedelta(days=15), timedelta(days=330)
"""How long after a payment goods are shipped that a special report is for."""
CONFIRMATION_ASKED_EACH = timedelta(days=1)
"""How often WeChat is asked whether the member has confirmed."""
STUCK_AFTER = 6
"""Tries in vain after which somebody should look: about an hour after the first."""
MOST_UNKNOWN = 12
"""Tries after which WeChat does not have the payment at all; at first it may not have it yet."""
LONGEST_DESCRIPTION = 120
"""Characters of what is in a parcel."""
_CUT = "…"
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_COMPANIES = {
    Carrier.SF: "SF",
    Carrier.JD: "JD",
    Carrier.EMS: "EMS",
    Carrier.POST: "YZPY",
    Carrier.ZTO: "ZTO",
    Carrier.YTO: "YTO",
    Carrier.STO: "STO",
    Carrier.YUNDA: "YD",
    Carrier.JT: "JTSD",
    Carrier.DEPPON: "DBL",
}
"""What WeChat calls the carriers (its `get_delivery_list`); any other one it cannot be told."""


class ToldParcel(msgspec.Struct, frozen=True):
    """A parcel as WeChat is told; company and number only of what is sent by express."""

    description: str
    company: str | None = None
    tracking_number: str | None = None


class Told(msgspec.Struct, frozen=True):
    """All that WeChat is told of the parcels of a payment."""

    logistics: LogisticsType
    is_split: bool
    is_whole: bool
    parcels: tuple[ToldParcel, ...]

    @property
    def needs_contact(self) -> bool:
        """Whether a carrier asks for a part of somebody's number."""
        return any(each.company == _COMPANIES[Carrier.SF] for each in self.parcels)


class UnknownCarrier(Exception):
    """WeChat has no code for who brings a parcel."""


@dataclass(frozen=True, slots=True)
class SentParcel:
    """A parcel of an order; without a carrier it is handed over, or nothing that can be carried.

    ``contents`` are titles with units.
    """

    carrier: Carrier | None
    tracking_number: str | None
    contents: Sequence[tuple[str, int]]


def content_of(
    parcels: Sequence[SentParcel],
    *,
    is_whole: bool,
    is_picked_up: bool,
    was_split: bool = False,
) -> Told | None:
    """What there is to tell; None while that is nothing. `UnknownCarrier` where it cannot be told.

    Several parcels can be told only of express (10060006), and then one by one as they are sent;
    what is handed over is told with the rest, or once all is. What was told in parts stays so,
    even where the rest was refunded: told in another way it is WeChat's one correction.
    """
    express = [each for each in parcels if each.carrier is not None]
    if express:
        told = tuple(_express(each) for each in express)
        is_split = was_split or len(parcels) > 1 or not is_whole
        return Told(LogisticsType.EXPRESS, is_split, is_whole, told)
    if not is_whole or not parcels:
        return None
    way = LogisticsType.PICK_UP if is_picked_up else LogisticsType.VIRTUAL
    contents = [line for each in parcels for line in each.contents]
    return Told(way, is_split=False, is_whole=True, parcels=(ToldParcel(described(contents)),))


def described(contents: Sequence[tuple[str, int]]) -> str:
    """What is in a parcel, in as many characters as WeChat takes."""
    whole = "；".join(f"{title}*{units}" for title, units in contents)
    if len(whole) <= LONGEST_DESCRIPTION:
        return whole
    return whole[: LONGEST_DESCRIPTION - len(_CUT)] + _CUT


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries in vain."""
    return min(_FIRST_PAUSE * 2 ** min(max(tries - 1, 0), 10), _LONGEST_PAUSE)


def _express(parcel: SentParcel) -> ToldParcel:
    assert parcel.carrier is not None
    company = _COMPANIES.get(parcel.carrier)
    if company is None:
        raise UnknownCarrier(parcel.carrier)
    return ToldParcel(described(parcel.contents), company, parcel.tracking_number)
