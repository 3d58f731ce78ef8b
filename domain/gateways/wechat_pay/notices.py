"""What WeChat Pay posts by itself: verified before it is looked at, then opened.

It wants an answer within five seconds and posts a notice again for a day otherwise, so one notice
can come several times, late and out of order.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from domain.gateways.wechat_pay.answers import UNREADABLE
from domain.gateways.wechat_pay.facts import Moment, Word, payment_in, told_refund_in
from domain.gateways.wechat_pay.keys import VendorKeys
from domain.gateways.wechat_pay.merchant import Merchant, Sealed, Unopened
from domain.gateways.wechat_pay.signatures import require_signed, signature_in
from domain.kernel.logs import logger
from domain.kernel.metrics import WECHAT_PAY_UNTRUSTED
from domain.payments.ports import (
    MOST_NOTICE_BYTES,
    GatewayPayment,
    GatewayRefund,
    Notice,
    UntrustedNotice,
)

_LOG = logger(__name__)
_PAID = "TRANSACTION.SUCCESS"
_REFUNDS = "REFUND."


class _Envelope(msgspec.Struct):
    id: Word
    create_time: Moment
    event_type: Word
    resource: msgspec.Raw = msgspec.Raw(b"null")


class Notices:
    """Reads the notices to one merchant."""

    def __init__(self, merchant: Merchant, keys: VendorKeys) -> None:
        self._merchant = merchant
        self._keys = keys

    async def read(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notice:
        """Verify and open one; raises what `PaymentGateway.read_notice` does."""
        try:
            await self._require_trusted(headers, body, at)
            return self._opened(body)
        except UntrustedNotice as error:
            # No warning: anybody can post here, and WeChat Pay itself tries us now and then.
            WECHAT_PAY_UNTRUSTED.labels("notice", error.reason).inc()
            _LOG.info("wechat_pay.untrusted_notice", reason=error.reason)
            raise

    async def _require_trusted(self, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        if len(body) > MOST_NOTICE_BYTES:
            raise UntrustedNotice("too_large")
        signature = signature_in(headers, at=at)
        require_signed(signature, await self._keys.find(signature.serial), body)

    def _opened(self, body: bytes) -> Notice:
        try:
            envelope = msgspec.json.decode(body, type=_Envelope)
            about = self._about(envelope)
        except Unopened:
            raise UntrustedNotice("sealed") from None
        except UNREADABLE:
            raise UntrustedNotice("no_sense") from None
        return Notice(envelope.id, envelope.event_type, envelope.create_time.astimezone(UTC), about)

    def _about(self, envelope: _Envelope) -> GatewayPayment | GatewayRefund | None:
        is_paid = envelope.event_type == _PAID
        if not is_paid and not envelope.event_type.startswith(_REFUNDS):
            return None
        content = self._merchant.open(msgspec.json.decode(envelope.resource, type=Sealed))
        if is_paid:
            return payment_in(content)
        merchant_id, refund = told_refund_in(content)
        if merchant_id != self._merchant.id:
            raise UntrustedNotice("other_merchant")
        return refund
