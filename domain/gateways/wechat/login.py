"""Who somebody is: the code of ``wx.login`` for an openid."""

from domain.gateways.transport import Question, Transport
from domain.gateways.wechat.answers import Content, read_content, text_in
from domain.gateways.wechat.codes import code_refused, require_code
from domain.kernel.outside import OutsideRejected
from domain.members.ports import PersonRefused, WeChatSession

_ENDPOINT = "/sns/jscode2session"
_ID = r"[0-9A-Za-z_-]{1,128}"
_HIGH_RISK = "40226"


class MiniProgramLogin:
    """`WeChatLogin` by WeChat's servers."""

    def __init__(self, transport: Transport, *, app_id: str, app_secret: str) -> None:
        self._transport = transport
        self._app_id = app_id
        self._app_secret = app_secret

    async def session_of(self, code: str) -> WeChatSession:
        """Who the code stands for. Asked once: a code is used up by an answer that gets lost."""
        require_code(code)
        query = {
            "appid": self._app_id,
            "secret": self._app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        question = Question("GET", _ENDPOINT, query=query)
        try:
            return await self._transport.ask(question, lambda a: _session(read_content(a)))
        except OutsideRejected as error:
            if error.code == _HIGH_RISK:
                raise PersonRefused from None
            raise code_refused(error) or error from None


def _session(content: Content) -> WeChatSession:
    """The two ids and nothing else: the session key stays in the answer, which is dropped."""
    unionid = text_in(content, "unionid", _ID) if content.get("unionid") else None
    return WeChatSession(openid=text_in(content, "openid", _ID), unionid=unionid)
