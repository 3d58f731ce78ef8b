"""The list of WeChat Pay's platform certificates, which the APIv3 key opens and it signs itself."""

from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from domain.gateways.transport import Answer
from domain.gateways.wechat_pay.answers import UNREADABLE, require_done
from domain.gateways.wechat_pay.keys import Certificate, PublicKey
from domain.gateways.wechat_pay.merchant import Merchant, Sealed, Unopened
from domain.gateways.wechat_pay.requests import Call, SignedRequests
from domain.gateways.wechat_pay.signatures import require_signed, signature_in, untrusted_answer
from domain.kernel.clock import Clock
from domain.kernel.outside import OutsideMisconfigured, OutsideUnavailable
from domain.payments.ports import UntrustedNotice

_CALL = Call("GET", "/v3/certificates", "/v3/certificates")


class _Listed(msgspec.Struct):
    serial_no: str
    encrypt_certificate: Sealed


class _List(msgspec.Struct):
    data: list[_Listed]


class Certificates:
    """Fetches them for one merchant."""

    def __init__(
        self,
        requests: SignedRequests,
        merchant: Merchant,
        *,
        public_key: PublicKey | None,
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._merchant = merchant
        self._public_key = public_key
        self._clock = clock

    async def fetch(self) -> Sequence[Certificate]:
        """All of them, one at least; raises an `OutsideError`, by which nothing has happened."""
        serial = self._public_key.id if self._public_key else None
        try:
            return await self._requests.send(_CALL, serial, self._read)
        except OutsideUnavailable as error:
            raise OutsideUnavailable(
                error.code, may_have_happened=False, reference=error.reference
            ) from None

    def _read(self, answer: Answer) -> Sequence[Certificate]:
        """Believe a list that is signed by a certificate in it: only WeChat Pay could seal that."""
        require_done(answer)
        try:
            listed = msgspec.json.decode(answer.content, type=_List).data
            certificates = [self._certificate(each) for each in listed]
        except Unopened:
            raise OutsideMisconfigured("api_key") from None
        except UNREADABLE:
            raise OutsideUnavailable("no_sense", may_have_happened=True) from None
        if not certificates:
            raise OutsideUnavailable("no_certificate", may_have_happened=True)
        keys = {each.serial: each.key for each in certificates}
        if self._public_key:
            keys[self._public_key.id] = self._public_key.key
        try:
            signature = signature_in(answer.headers, at=self._clock())
            if signature.serial not in keys:
                raise UntrustedNotice("unknown_serial")
            require_signed(signature, keys[signature.serial], answer.content)
        except UntrustedNotice as error:
            raise untrusted_answer(error) from None
        return certificates

    def _certificate(self, listed: _Listed) -> Certificate:
        """A certificate that was opened; ValueError where it is none, or not of this serial."""
        found = load_pem_x509_certificate(self._merchant.open(listed.encrypt_certificate))
        key = found.public_key()
        if not isinstance(key, RSAPublicKey) or found.serial_number != int(listed.serial_no, 16):
            raise ValueError("serial")
        return Certificate(
            listed.serial_no, key, found.not_valid_before_utc, found.not_valid_after_utc
        )
