"""Where parcels are, by Kuaidi100's query in real time: `poll/query.do` of its enterprise edition.

A form with the customer, the question as JSON, and a digest of both with the customer's key. Its
answers are HTTP 200 also where it says no, and then have a ``returnCode``. It wants to be asked for
a number once in half an hour at the most.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from typing_extensions import override

from domain.gateways.statuses import require_success
from domain.gateways.transport import Answer, Question, Transport
from domain.kernel.clock import SHOP_ZONE
from domain.kernel.outside import OutsideMisconfigured, OutsideRejected, OutsideUnavailable
from domain.orders.tracking.ports import Told, TrackedParcel, TrackingPort
from domain.orders.tracking.rules import TrackingEvent
from domain.orders.tracking.words import TrackingState
from domain.orders.words import Carrier

ENDPOINT = "/poll/query.do"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_MOST_BYTES = 256 * 1024
_COMPANIES: Mapping[Carrier, str] = {
    Carrier.SF: "shunfeng",
    Carrier.JD: "jd",
    Carrier.EMS: "ems",
    Carrier.POST: "youzhengguonei",
    Carrier.ZTO: "zhongtong",
    Carrier.YTO: "yuantong",
    Carrier.STO: "shentong",
    Carrier.YUNDA: "yunda",
    Carrier.JT: "jtexpress",
    Carrier.DEPPON: "debangkuaidi",
}
_WANT_A_PHONE = frozenset({Carrier.SF, Carrier.ZTO})
"""Whose parcels are told only to who knows the recipient's number; its end will do."""
_STATES: Mapping[str, TrackingState] = {
    "0": TrackingState.ON_THE_WAY,
    "1": TrackingState.COLLECTED,
    "2": TrackingState.PROBLEM,
    "3": TrackingState.DELIVERED,
    "4": TrackingState.RETURNING,
    "5": TrackingState.OUT_FOR_DELIVERY,
    "6": TrackingState.RETURNING,
    "13": TrackingState.PROBLEM,
    "14": TrackingState.PROBLEM,
}
"""Its words for where a parcel is; another one (7 handed on, 8 to 12 customs) is on its way, and
of customs 13 is that something is wrong."""
_NOTHING_KNOWN = "500"
_BUSY = frozenset({"501", "502"})
_WRONG_SETTINGS = frozenset({"503", "600", "601"})
"""The digest is wrong, the customer is nobody, or the key has run out."""
_CODE = re.compile(r"[0-9]{1,9}")
_MOMENT = "%Y-%m-%d %H:%M:%S"


class Kuaidi100(TrackingPort):
    """`TrackingPort` over a transport to Kuaidi100."""

    def __init__(self, transport: Transport, *, customer: str, key: str) -> None:
        self._transport = transport
        self._customer = customer
        self._key = key

    @property
    @override
    def carriers(self) -> Collection[Carrier]:
        """Whose parcels Kuaidi100 knows: `domain.orders.tracking.ports.TrackingPort`."""
        return _COMPANIES.keys()

    @override
    async def ask(self, parcel: TrackedParcel) -> Told:
        """What it knows of a parcel: `domain.orders.tracking.ports.TrackingPort`."""
        asked = {"com": _COMPANIES[parcel.carrier], "num": parcel.number, "resultv2": "1"}
        if parcel.carrier in _WANT_A_PHONE and parcel.last_digits:
            asked["phone"] = parcel.last_digits
        param = orjson.dumps(asked).decode()
        form = {"customer": self._customer, "sign": self._digest(param), "param": param}
        body = urlencode(form).encode()
        question = Question("POST", ENDPOINT, body=body, headers=_FORM, most_bytes=_MOST_BYTES)
        return await self._transport.ask(question, _told)

    def _digest(self, param: str) -> str:
        """The digest that Kuaidi100 wants, whatever it is worth."""
        signed = f"{param}{self._key}{self._customer}".encode()
        return hashlib.md5(signed, usedforsecurity=False).hexdigest().upper()


def _told(answer: Answer) -> Told:
    content = _content(answer)
    if content.get("result") is False:
        return _refused(content)
    listed = content.get("data")
    if not isinstance(listed, list):
        raise OutsideUnavailable("no_data", may_have_happened=False)
    events = [event for each in cast("list[object]", listed) if (event := _event(each))]
    if not events:
        return Told()
    state = _STATES.get(str(content.get("state")), TrackingState.ON_THE_WAY)
    return Told(state, events)


def _content(answer: Answer) -> Mapping[str, object]:
    require_success(answer)
    try:
        read: Any = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise OutsideUnavailable("no_json", may_have_happened=False) from None
    if not isinstance(read, dict):
        raise OutsideUnavailable("no_object", may_have_happened=False)
    return cast("Mapping[str, object]", read)


def _refused(content: Mapping[str, object]) -> Told:
    """Nothing, where that is what it says; an `OutsideError` for whatever else is wrong."""
    code = str(content.get("returnCode"))
    if code == _NOTHING_KNOWN:
        return Told()
    if not _CODE.fullmatch(code):
        raise OutsideUnavailable("no_code", may_have_happened=False)
    if code in _BUSY:
        raise OutsideUnavailable(code, may_have_happened=False)
    if code in _WRONG_SETTINGS:
        raise OutsideMisconfigured(code)
    raise OutsideRejected(code)


def _event(told: object) -> TrackingEvent | None:
    """One event; None for what has no moment or says nothing."""
    if not isinstance(told, dict):
        return None
    event = cast("Mapping[str, object]", told)
    moment = event.get("ftime") or event.get("time")
    text, area = event.get("context"), event.get("areaName")
    if not (isinstance(moment, str) and isinstance(text, str) and text.strip()):
        return None
    try:
        at = datetime.strptime(moment, _MOMENT).replace(tzinfo=SHOP_ZONE).astimezone(UTC)
    except ValueError:
        return None
    place = " ".join(area.replace(",", " ").split()) if isinstance(area, str) else ""
    return TrackingEvent(at, place or None, " ".join(text.split()))
