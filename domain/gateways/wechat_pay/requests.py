"""Requests to WeChat Pay: signed by the merchant, and sent to the host that can be reached."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from domain.gateways.transport import MOST_ANSWER_BYTES, Answer, Question, Transport
from domain.gateways.wechat_pay.merchant import Merchant
from domain.kernel.clock import Clock
from domain.kernel.outside import OutsideUnavailable

_T = TypeVar("_T")
_SCHEME = "WECHATPAY2-SHA256-RSA2048"
_NONCE_BITS = 128


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to ask. ``endpoint`` names it in metrics and logs; ``target`` is path and query.

    What cannot stand in an address as it is has been escaped in ``target``: it is signed as sent.
    """

    method: str
    endpoint: str
    target: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    most_bytes: int = MOST_ANSWER_BYTES
    whole_seconds: float | None = None


class SignedRequests:
    """Signs and sends for one merchant. ``hosts`` are tried in turn, all of one provider."""

    def __init__(
        self, hosts: Sequence[Transport], merchant: Merchant, *, clock: Clock, random: Random
    ) -> None:
        self._hosts = hosts
        self._merchant = merchant
        self._clock = clock
        self._random = random

    async def send(self, call: Call, serial: str | None, read: Callable[[Answer], _T]) -> _T:
        """Send once, and to the next host where nothing got to the one before it.

        ``serial`` is of the key that the answer should be signed with. Raises what ``read``
        raises, and an `OutsideError`.
        """
        question = self._question(call, serial)
        for host in self._hosts[:-1]:
            try:
                return await host.ask(question, read)
            except OutsideUnavailable as error:
                if error.may_have_happened:
                    raise
        return await self._hosts[-1].ask(question, read)

    def _question(self, call: Call, serial: str | None) -> Question:
        headers = {"accept": "application/json", "authorization": self._authorization(call)}
        if serial is not None:
            headers["wechatpay-serial"] = serial
        return Question(
            call.method,
            call.endpoint,
            body=call.body or None,
            headers=headers,
            most_bytes=call.most_bytes,
            target=call.target,
            whole_seconds=call.whole_seconds,
        )

    def _authorization(self, call: Call) -> str:
        """The host is no part of what is signed, so one signature is good for all of them."""
        timestamp = str(int(self._clock().timestamp()))
        nonce = f"{self._random.getrandbits(_NONCE_BITS):032X}"
        head = (call.method, call.target, timestamp, nonce)
        signature = self._merchant.sign(*(line.encode() for line in head), call.body)
        return (
            f'{_SCHEME} mchid="{self._merchant.id}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self._merchant.serial}"'
        )
