"""Tells the mall, again and again until it says that it has understood: WeChat Pay's own plan."""

import asyncio
import time
from datetime import timedelta
from http import HTTPStatus

import httpx
import msgspec

from sandbox.wechat.pay.desk import Delivery, PayDesk, SignedBy
from sandbox.wechat.pay.notices import Notice, enveloped
from sandbox.wechat.pay.signing import Signer, new_nonce
from sandbox.wechat.pay.tricks import EXTRA, Trick, TrickKind

RETRY_SECONDS = (
    *(15, 15, 30),
    *(180, 600, 1200, 1800, 1800, 1800, 3600),
    *(10800, 10800, 10800, 21600, 21600),
)
"""How long it waits before each further attempt: 24 hours and 4 minutes in all."""
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
_LONG_AGO = timedelta(hours=10)
_UNDERSTOOD = {HTTPStatus.OK, HTTPStatus.NO_CONTENT}


class Notifier:
    """Posts notices with one client."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    def send(self, desk: PayDesk, notice: Notice) -> None:
        """Begin to tell something, with the trick that is due."""
        trick = desk.tricks.take()
        if trick and trick.kind is TrickKind.SILENT:
            return
        if trick and trick.kind is TrickKind.LATE:
            desk.late.append(notice)
            return
        copies = trick.copies if trick and trick.kind is TrickKind.DUPLICATE else 1
        self.resend(desk, notice, copies, trick)

    def resend(
        self, desk: PayDesk, notice: Notice, copies: int = 1, trick: Trick | None = None
    ) -> None:
        """Begin to tell something so many times at once, whatever tricks are due."""
        # What was held back for this one follows one copy of it.
        late, desk.late = desk.late, []
        for copy in range(copies):
            desk.start(self._tell(desk, notice, trick, late if copy == 0 else []))

    async def _tell(
        self, desk: PayDesk, notice: Notice, trick: Trick | None, late: list[Notice]
    ) -> None:
        is_extra = trick is not None and trick.kind in EXTRA
        if trick and is_extra:
            await self._attempt(desk, notice, 1, trick.kind)
        is_told = bool(trick and is_extra and trick.instead) or await self._attempt(desk, notice, 1)
        for each in late:
            desk.start(self._tell(desk, each, None, []))
        for attempt, seconds in enumerate(RETRY_SECONDS, start=2):
            if is_told:
                return
            await desk.wait(seconds)
            is_told = await self._attempt(desk, notice, attempt)

    async def _attempt(
        self, desk: PayDesk, notice: Notice, number: int, trick: TrickKind | None = None
    ) -> bool:
        """Post once; answers whether the mall has understood."""
        too_much = 1 if trick is TrickKind.TAMPERED else 0
        body = enveloped(notice, desk.keys.api_key, desk.random, too_much=too_much)
        headers = _signed(desk, notice, body, trick)
        at, began = desk.clock(), time.monotonic()
        status, answer, problem = await self._post(desk, notice.url, headers, body)
        is_received = status in _UNDERSTOOD and not _says_failure(answer)
        delivery = Delivery(
            at=at,
            notice_id=notice.id,
            event_type=notice.event_type,
            out_trade_no=notice.out_trade_no,
            out_refund_no=notice.out_refund_no,
            trick=trick,
            attempt=number,
            signed_by=headers["Wechatpay-Serial"],
            url=notice.url,
            status=status,
            seconds=round(time.monotonic() - began, 3),
            is_received=is_received,
            problem=problem,
        )
        desk.deliveries.append(delivery)
        return is_received

    async def _post(
        self, desk: PayDesk, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[int | None, bytes, str | None]:
        try:
            async with asyncio.timeout(desk.settings.answer_seconds):
                answer = await self._http.post(url, content=body, headers=headers)
        except (httpx.HTTPError, TimeoutError) as error:
            return None, b"", f"{type(error).__name__}: {error}".rstrip(": ")
        return answer.status_code, answer.content, None


def _signed(desk: PayDesk, notice: Notice, body: bytes, trick: TrickKind | None) -> dict[str, str]:
    signer = _signer(desk, notice)
    now = desk.clock() - (_LONG_AGO if trick is TrickKind.OLD else timedelta())
    if trick is TrickKind.FORGED:
        # Signed with a key of which the serial is not this one.
        ring = desk.ring
        is_public = signer is ring.by_public_key
        signer = Signer(
            signer.serial, (ring.by_certificate if is_public else ring.by_public_key).key
        )
    nonce = new_nonce(desk.random)
    headers = signer.headers(body, timestamp=int(now.timestamp()), nonce=nonce)
    if trick is TrickKind.PROBE:
        headers["Wechatpay-Signature"] = PROBE_PREFIX + headers["Wechatpay-Signature"]
    return {"Content-Type": "application/json", "Accept": "*/*", **headers}


def _signer(desk: PayDesk, notice: Notice) -> Signer:
    match desk.settings.signed_by:
        case SignedBy.PUBLIC_KEY:
            return desk.ring.by_public_key
        case SignedBy.CERTIFICATE:
            return desk.ring.by_certificate
        case SignedBy.AS_ASKED:
            return desk.ring.signer(notice.signed_by) or desk.ring.by_certificate


def _says_failure(answer: bytes) -> bool:
    try:
        return msgspec.json.decode(answer, type=dict[str, object]).get("code") == "FAIL"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
