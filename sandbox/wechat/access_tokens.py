"""The access tokens of the mini-program: how long they are good, and when there is a new one."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from string import ascii_letters, digits

from sandbox.wechat.refusals import Refusal, limited, too_fast

LIFETIME = timedelta(seconds=7200)
RENEWED_BEFORE_END = timedelta(minutes=5)
MOST_FORCED_A_DAY = 20
BETWEEN_FORCED = timedelta(seconds=30)
_BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that was given out."""

    value: str
    expires_at: datetime


class AccessTokens:
    """The tokens that are good, and those that were."""

    def __init__(self) -> None:
        self._good: list[AccessToken] = []
        self._past: list[AccessToken] = []
        self._forced_at: list[datetime] = []

    def stable(self, now: datetime, random: Random, *, length: int) -> AccessToken:
        """Return the present token, or in its last five minutes the one after it."""
        self._good = [token for token in self._good if now < token.expires_at]
        if not self._good or self._good[-1].expires_at - now <= RENEWED_BEFORE_END:
            self._add(now, random, length)
        return self._good[-1]

    def forced(self, now: datetime, random: Random, *, length: int) -> AccessToken:
        """Return a new token and end all others; `Refusal` when that is asked for too often."""
        if self._forced_at and now - self._forced_at[-1] < BETWEEN_FORCED:
            raise too_fast()
        today = now.astimezone(_BEIJING).date()
        self._forced_at = [at for at in self._forced_at if at.astimezone(_BEIJING).date() == today]
        if len(self._forced_at) >= MOST_FORCED_A_DAY:
            raise limited()
        self._forced_at.append(now)
        self._good.clear()
        self._add(now, random, length)
        return self._good[-1]

    def check(self, value: str | None, now: datetime) -> None:
        """Raise `Refusal` unless this is a token that is good now."""
        if not value:
            raise Refusal(41001, "access_token missing")
        if any(token.value == value and now < token.expires_at for token in self._good):
            return
        if any(token.value == value and now >= token.expires_at for token in self._past):
            raise Refusal(42001, "access_token expired")
        raise Refusal(40001, "invalid credential, access_token is invalid or not latest")

    def end_all(self) -> None:
        """Make every token invalid, as a new secret of the mini-program does."""
        self._good.clear()

    def _add(self, now: datetime, random: Random, length: int) -> None:
        # Real tokens begin with the number of the cluster that made them.
        value = "97_" + "".join(random.choices(ascii_letters + digits + "-_", k=length - 3))
        token = AccessToken(value, now + LIFETIME)
        self._good.append(token)
        self._past = [past for past in self._past if now - past.expires_at < timedelta(days=1)]
        self._past.append(token)
