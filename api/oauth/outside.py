"""What WeChat is asked about a request, before its transaction begins."""

from api.attempts import RateLimited
from api.oauth.errors import TOLD, telling
from api.oauth.server import Response
from domain.kernel.errors import Busy
from domain.kernel.language import Sentence
from domain.kernel.outside import OutsideError, OutsideLimited
from domain.members.ports import CodeRefused, PersonRefused, WeChatLogin, WeChatSession

_CODE = Sentence(zh="登录已过期，请重试。", en="Signing in took too long; please try again.")
_PERSON = Sentence(zh="微信认为此账户存在风险，暂时无法登录。", en="WeChat refuses this account.")
_SECONDS = 2
"""After which a client asks ``wx.login`` for another code: the one it had may be used up."""


class NotSignedIn(Exception):
    """WeChat does not say who somebody is; the answer says why."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer[1]["error"])
        self.answer = answer


async def wechat_session(login: WeChatLogin, code: str) -> WeChatSession:
    """Whom a code of ``wx.login`` stands for. Never asked twice: a code is good for once.

    Raises `NotSignedIn`; faults: RATE_LIMITED, and `Busy` where WeChat does not answer.
    """
    try:
        return await login.session_of(code)
    except CodeRefused as refused:
        body = {"error": "invalid_grant", "code": f"CODE_{refused.kind}", TOLD: telling(_CODE)}
        raise NotSignedIn((400, body, [])) from refused
    except PersonRefused as refused:
        body = {"error": "access_denied", "code": "PERSON_REFUSED", TOLD: telling(_PERSON)}
        raise NotSignedIn((400, body, [])) from refused
    except OutsideLimited as limited:
        raise RateLimited(limited.retry_after_seconds) from limited
    except OutsideError as error:
        raise Busy(_SECONDS) from error
