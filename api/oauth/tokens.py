"""Access tokens: JSON Web Tokens (RFC 9068), signed with ES256, checked without the database."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.oauth.claims import Claims, actor_of, pad_claims, staff_claims
from api.oauth.standing import Standing
from domain.kernel.actors import Actor
from domain.kernel.clock import Clock
from domain.kernel.errors import Forbidden, Unauthenticated
from domain.kernel.language import Sentence
from domain.sessions.models import Session
from domain.sessions.rules import ACCESS_LIFE, LEEWAY, EndReason

AUDIENCE = "mall-graphql"
_TYPE = "at+jwt"
_ALGORITHMS = ["ES256"]
_LEEWAY_SECONDS = LEEWAY.total_seconds()
_KEPT = 20_000
"""Verified tokens that a process remembers, those it saw last: a signature costs 0.4 ms."""
_LONGEST = 8_000
"""One of somebody at a pad who works in as many stores as may be has 6,300 characters."""
NOT_VALID = Sentence(zh="登录凭证无效，请重新登录。", en="The token is not valid; sign in again.")
_EXPIRED = Sentence(
    zh="登录凭证已过期，请刷新后重试。", en="The token has expired; refresh it and try again."
)
_ENDED = Sentence(zh="您已退出登录，请重新登录。", en="You are signed out; sign in again.")
BLOCKED = Sentence(zh="您的账户已停用：{reason}", en="Your account is blocked: {reason}")


class TokenExpired(Unauthenticated):
    """A token of ours whose time is over: whoever refreshes it goes on."""

    def __init__(self) -> None:
        super().__init__(_EXPIRED)


@dataclass(frozen=True, slots=True)
class _Verified:
    actor: Actor
    session_id: UUID
    client_id: str
    key_id: str
    expires: int
    pad_id: UUID | None


class AccessTokens:
    """Signs access tokens, and knows whom one names."""

    def __init__(
        self,
        standing: Standing,
        issuer: str,
        clock: Clock,
        random: Random,
        seen: Callable[[UUID], None] | None = None,
    ) -> None:
        """Work on what stands; ``seen`` is told of each pad whose token is signed or taken."""
        self._seen = seen or _tell_nobody
        self._standing = standing
        self._issuer = issuer
        self._clock = clock
        self._random = random
        self._verified: OrderedDict[str, _Verified] = OrderedDict()

    def sign(self, session: Session, scopes: Sequence[str], actor: Actor) -> str:
        """Make a token for whoever acts in a session, with those of its scopes.

        `Busy` without a key.
        """
        now = int(self._clock().timestamp())
        claims = Claims(
            iss=self._issuer,
            aud=AUDIENCE,
            sub=actor.key,
            sid=session.id,
            client_id=session.client_id,
            scope=" ".join(scopes),
            iat=now,
            exp=now + int(ACCESS_LIFE.total_seconds()),
            jti=self._random.randbytes(16).hex(),
            staff=staff_claims(actor),
            pad=pad_claims(actor),
        )
        if claims.pad is not None:
            self._seen(claims.pad.id)
        key = self._standing.signing_key()
        # A set of exactly one: from several joserfc would choose at random.
        header = {"alg": "ES256", "typ": _TYPE, "kid": key.kid}
        return jwt.encode(
            header, msgspec.to_builtins(claims), KeySet([key]), algorithms=_ALGORITHMS
        )

    def actor(self, token: str) -> Actor:
        """Whom a token names. Faults: UNAUTHENTICATED, FORBIDDEN for a blocked member, `Busy`."""
        verified = self._verified.get(token)
        if verified is None:
            verified = self._verify(token)
            self._remember(token, verified)
        else:
            self._verified.move_to_end(token)
        if self._is_over(verified.expires):
            self._verified.pop(token, None)
            raise TokenExpired
        standing = self._standing
        if not standing.takes(verified.key_id) or standing.is_disabled(verified.client_id):
            self._verified.pop(token, None)
            raise Unauthenticated(NOT_VALID)
        ended = standing.ended(verified.session_id)
        if ended is not None:
            if ended.reason is EndReason.BLOCKED:
                raise Forbidden(BLOCKED, reason=ended.note or "")
            raise Unauthenticated(_ENDED)
        if verified.pad_id is not None:
            self._seen(verified.pad_id)
        return verified.actor

    def claims(self, token: str) -> Claims | None:
        """What a token says that this mall has signed and that is not expired; None if not so.

        Whether its session has ended is asked apart.
        """
        decoded = self._decoded(token)
        if decoded is None or self._is_over(decoded[1].exp):
            return None
        return decoded[1]

    def _decoded(self, token: str) -> tuple[str, Claims] | None:
        """The name of the key that has signed a token of ours, and what the token says."""
        if len(token) > _LONGEST:
            return None
        try:
            decoded = jwt.decode(token, self._standing.verifying_keys(), algorithms=_ALGORITHMS)
            claims = msgspec.convert(decoded.claims, Claims)
        except (JoseError, ValueError, TypeError, msgspec.ValidationError):
            return None
        if not self._is_ours(decoded.header, claims):
            return None
        return str(decoded.header.get("kid")), claims

    def _is_over(self, expires: int) -> bool:
        return self._clock().timestamp() >= expires + _LEEWAY_SECONDS

    def _is_ours(self, header: dict[str, Any], claims: Claims) -> bool:
        now = self._clock().timestamp()
        return (
            header.get("typ") == _TYPE
            and claims.iss == self._issuer
            and claims.aud == AUDIENCE
            and claims.iat <= now + _LEEWAY_SECONDS
        )

    def _verify(self, token: str) -> _Verified:
        # Without a key no token is valid, and nobody may be told so who has a good one.
        self._standing.require_look()
        decoded = self._decoded(token)
        if decoded is None:
            raise Unauthenticated(NOT_VALID)
        key_id, claims = decoded
        actor = actor_of(claims)
        if actor is None:
            raise Unauthenticated(NOT_VALID)
        pad_id = claims.pad.id if claims.pad else None
        return _Verified(actor, claims.sid, claims.client_id, key_id, claims.exp, pad_id)

    def _remember(self, token: str, verified: _Verified) -> None:
        self._verified[token] = verified
        if len(self._verified) > _KEPT:
            self._verified.popitem(last=False)


def _tell_nobody(_pad_id: UUID) -> None:
    """Where nobody wants to know which pads were seen."""
