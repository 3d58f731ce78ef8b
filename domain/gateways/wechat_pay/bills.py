"""Bills of WeChat Pay: where one is told, signed, and the file itself, by the digest told."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from domain.gateways.wechat_pay.answers import BILL_NOT_READY, NO_BILL
from domain.gateways.wechat_pay.bill_files import BillFile, require_digest
from domain.gateways.wechat_pay.calls import VerifiedCalls
from domain.gateways.wechat_pay.requests import Call
from domain.kernel.outside import OutsideRejected
from domain.payments.bills import BillKind, BillNotReady, BillUnusable

MOST_PACKED_BYTES = 32 * 1024 * 1024
"""What is held of a file at once: a day of about a million lines."""
_DOWNLOAD_SECONDS = 120.0
_QUESTIONS: Mapping[BillKind, tuple[str, str]] = {
    BillKind.TRADES: ("/v3/bill/tradebill", "bill_type=ALL"),
    BillKind.FUNDS: ("/v3/bill/fundflowbill", "account_type=BASIC"),
}
_DOWNLOAD = "/v3/billdownload/file"


class _Told(msgspec.Struct):
    hash_type: Literal["SHA1"]
    hash_value: Annotated[str, Meta(pattern=r"\A[0-9A-Fa-f]{40}\Z")]
    download_url: Annotated[str, Meta(pattern=r"\A[!-~]{1,2048}\Z")]


async def fetch_bill(calls: VerifiedCalls, kind: BillKind, day: date) -> BillFile | None:
    """The bill of a day; None where nothing happened. Raises as `PaymentGateway.bill` does."""
    path, more = _QUESTIONS[kind]
    question = Call("GET", path, f"{path}?bill_date={day.isoformat()}&{more}&tar_type=GZIP")
    try:
        told = await calls.ask(question, lambda body: msgspec.json.decode(body, type=_Told))
    except OutsideRejected as error:
        if error.code == NO_BILL:
            return None
        if error.code == BILL_NOT_READY:
            raise BillNotReady from None
        raise
    packed = await calls.download(
        Call(
            "GET",
            _DOWNLOAD,
            _target(told.download_url),
            most_bytes=MOST_PACKED_BYTES,
            whole_seconds=_DOWNLOAD_SECONDS,
        )
    )
    digest = told.hash_value.lower()
    await asyncio.to_thread(require_digest, packed, digest)
    return BillFile(kind, day, packed, digest)


def _target(url: str) -> str:
    """Path and query of the file, which is asked of the hosts that are set and of no other."""
    parts = urlsplit(url)
    if parts.path != _DOWNLOAD or not parts.query:
        raise BillUnusable("address")
    return f"{parts.path}?{parts.query}"
