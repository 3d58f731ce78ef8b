"""Calls that WeChat lets only the mini-program itself make: with its access token."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import orjson

from domain.gateways.transport import MOST_ANSWER_BYTES, Answer, Question, Transport
from domain.gateways.wechat.answers import WrongToken
from domain.gateways.wechat.tokens import AccessTokens
from domain.kernel.outside import OutsideUnavailable

_T = TypeVar("_T")


class MiniProgram:
    """The mini-program before WeChat: posts JSON with its access token."""

    def __init__(self, transport: Transport, tokens: AccessTokens, *, app_id: str) -> None:
        self.app_id = app_id
        self._transport = transport
        self._tokens = tokens

    async def post(
        self,
        endpoint: str,
        body: Mapping[str, object],
        read: Callable[[Answer], _T],
        *,
        most_bytes: int = MOST_ANSWER_BYTES,
    ) -> _T:
        """Post once, and once more with a new token where WeChat does not know this one.

        A token that is refused means that nothing was done, so the second time is no repeat.
        Raises what ``read`` raises, and an `OutsideError`.
        """
        question = Question("POST", endpoint, body=orjson.dumps(body), most_bytes=most_bytes)
        token = await self._tokens.current()
        try:
            return await self._transport.ask(_with(token, question), read)
        except WrongToken:
            self._tokens.drop(token)
        token = await self._tokens.current()
        try:
            return await self._transport.ask(_with(token, question), read)
        except WrongToken as error:
            self._tokens.drop(token)
            raise OutsideUnavailable(
                error.code, may_have_happened=False, reference=error.reference
            ) from None


def _with(token: str, question: Question) -> Question:
    return replace(question, query={"access_token": token})
