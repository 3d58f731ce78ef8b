"""Refusals of the server that say more than OAuth's words do: each in a sentence for people."""
# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false

from collections.abc import Callable
from typing import Any

from authlib.oauth2.rfc6749.errors import OAuth2Error
from typing_extensions import override

from api.oauth.tokens import BLOCKED
from domain.kernel.language import Language, Sentence
from domain.members.words import CodeOutcome

Told = Callable[[Language], str]
"""Says to a person why they were refused."""
MEMBER_BLOCKED, STAFF_BLOCKED = "MEMBER_BLOCKED", "STAFF_BLOCKED"
TOLD = "told"
"""Where an answer carries a `Told`, until its language is known."""

_CONSENT = Sentence(
    zh="请先阅读并同意最新的隐私条款。", en="Please read and accept the newest privacy terms first."
)
_PIN = Sentence(
    zh="账号或 PIN 不正确，或您不在此门店；多次输错后请稍等再试。",
    en="The login or the PIN is not right, or not for this store; after several tries, wait.",
)
_PAD = Sentence(
    zh="此平板的登录已失效，请刷新或重新授权。",
    en="This pad is not signed in any more; refresh its token or let it in again.",
)
_CODES = {
    CodeOutcome.WRONG: Sentence(zh="验证码不正确。", en="The code is not right."),
    CodeOutcome.EXPIRED: Sentence(
        zh="验证码已过期，请重新获取。", en="The code has expired; ask for a new one."
    ),
    CodeOutcome.TOO_MANY: Sentence(
        zh="验证码错误次数过多，请重新获取。", en="Too many wrong tries; ask for a new code."
    ),
}


def telling(sentence: Sentence, **particulars: object) -> Told:
    """How a sentence is told in a language that is not known yet."""
    return lambda language: sentence.told_in(language, particulars)


class ToldError(OAuth2Error):
    """An error whose answer has fields of its own, and a sentence of its own."""

    def __init__(self, error: str, told: Told, **fields: object) -> None:
        super().__init__(error=error)
        self.told = told
        self._fields = fields

    @override
    def get_body(self) -> list[tuple[str, Any]]:
        """OAuth's fields, and ours."""
        return [*super().get_body(), *self._fields.items(), (TOLD, self.told)]


class Blocked(ToldError):
    """A member or somebody of the staff is blocked, and is told why."""

    def __init__(self, reason: str, code: str = MEMBER_BLOCKED) -> None:
        told = telling(BLOCKED, reason=reason)
        super().__init__("access_denied", told, code=code, reason=reason)
        self.reason = reason


class ConsentNeeded(ToldError):
    """Somebody new has agreed to another text than the one that stands; they may try again."""

    def __init__(self, newest: int | None) -> None:
        told = telling(_CONSENT)
        super().__init__("access_denied", told, code="CONSENT_NEEDED", newest_version=newest)
        self.newest = newest


class PhoneCodeWrong(ToldError):
    """The code that was typed opens nothing, and why."""

    def __init__(self, outcome: CodeOutcome) -> None:
        super().__init__("invalid_grant", telling(_CODES[outcome]), code=f"CODE_{outcome.name}")


class NotYet(OAuth2Error):
    """Nobody has decided about a device; it may ask again after so many seconds (RFC 8628 3.5)."""

    def __init__(self, seconds: int, *, is_too_early: bool) -> None:
        super().__init__(error="slow_down" if is_too_early else "authorization_pending")
        self._seconds = seconds

    @override
    def get_body(self) -> list[tuple[str, Any]]:
        """OAuth's fields, and how long the device waits from now on."""
        return [*super().get_body(), ("interval", self._seconds)]

    @override
    def get_headers(self) -> list[tuple[str, str]]:
        """The same for what sits between."""
        return [*super().get_headers(), ("Retry-After", str(self._seconds))]


class PinWrong(ToldError):
    """The login or the PIN is not right, or not here, or not now: which one is told to nobody."""

    def __init__(self) -> None:
        super().__init__("invalid_grant", telling(_PIN), code="PIN_WRONG")


class PadSignedOut(ToldError):
    """The pad's own token is not valid: it refreshes it, or is let in anew."""

    def __init__(self) -> None:
        super().__init__("invalid_grant", telling(_PAD), code="PAD_SIGNED_OUT")
