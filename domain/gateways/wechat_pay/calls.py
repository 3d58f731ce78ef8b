"""What WeChat Pay is asked: signed, sent, and believed only where the answer is signed as well."""

from collections.abc import Callable
from typing import TypeVar

from domain.gateways.transport import Answer
from domain.gateways.wechat_pay.answers import UNREADABLE, require_done
from domain.gateways.wechat_pay.keys import VendorKeys
from domain.gateways.wechat_pay.requests import Call, SignedRequests
from domain.gateways.wechat_pay.signatures import (
    require_signed,
    signature_in,
    untrusted_answer,
)
from domain.kernel.clock import Clock
from domain.kernel.outside import OutsideError, OutsideRejected, OutsideUnavailable
from domain.payments.ports import UntrustedNotice

_T = TypeVar("_T")
_OK = range(200, 300)


class _UnknownKey(OutsideUnavailable):
    """The answer is signed by a key that we have not seen; it waits until we have looked."""

    def __init__(self, answer: Answer, serial: str) -> None:
        super().__init__("unknown_serial", may_have_happened=True)
        self.answer = answer
        self.serial = serial


class VerifiedCalls:
    """Asks for one merchant. ``clock`` is real time, by which signatures are old or new."""

    def __init__(self, requests: SignedRequests, keys: VendorKeys, *, clock: Clock) -> None:
        self._requests = requests
        self._keys = keys
        self._clock = clock

    async def ask(self, call: Call, read: Callable[[bytes], _T]) -> _T:
        """Ask once and hand the body of a success to ``read``, which raises what is unreadable.

        Raises an `OutsideError`; an answer that is not signed as it should be, a refusal as well,
        may be anybody's, and what was asked may have happened.
        """

        def believe(answer: Answer) -> _T:
            if answer.status in _OK:
                self._require_signed(answer)
            try:
                require_done(answer)
            except OutsideRejected:
                # It says how a payment stands, which only WeChat Pay knows. What else goes wrong
                # says nothing of that, and is not signed where it fails before the API.
                self._require_signed(answer)
                raise
            try:
                return read(answer.content)
            except UNREADABLE:
                raise OutsideUnavailable("no_sense", may_have_happened=True) from None

        serial = await self._keys.serial()
        try:
            return await self._requests.send(call, serial, believe)
        except _UnknownKey as unknown:
            await self._look_for(unknown.serial)
            return believe(unknown.answer)

    async def download(self, call: Call) -> bytes:
        """Ask for a file, which WeChat Pay does not sign: whoever asks knows its digest."""

        def content(answer: Answer) -> bytes:
            require_done(answer)
            return answer.content

        return await self._requests.send(call, None, content)

    def _require_signed(self, answer: Answer) -> None:
        """Raise an `OutsideUnavailable` unless WeChat Pay has signed the answer."""
        try:
            signature = signature_in(answer.headers, at=self._clock())
            key = self._keys.held(signature.serial)
            if key is None:
                raise _UnknownKey(answer, signature.serial)
            require_signed(signature, key, answer.content)
        except UntrustedNotice as error:
            raise untrusted_answer(error) from None

    async def _look_for(self, serial: str) -> None:
        try:
            await self._keys.find(serial)
        except UntrustedNotice as error:
            raise untrusted_answer(error) from None
        except OutsideError as error:
            raise OutsideUnavailable(
                error.code, may_have_happened=True, reference=error.reference
            ) from None
