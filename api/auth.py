"""Who sends a request: from its ``Authorization`` header to a member of the staff.

For development only: one token, one person. Real sign-in takes this module's place.
"""

import hmac
from collections.abc import Sequence
from uuid import UUID

from domain.kernel.actors import Role, Staff
from domain.kernel.errors import Unauthenticated
from domain.kernel.language import Sentence

DEVELOPER = Staff(UUID("0192f000-0000-7000-8000-000000000001"), "开发者", Role.OWNER)
"""Whom the development token stands for."""

_SCHEME = "bearer"
_NOT_VALID = Sentence(zh="登录凭证无效，请重新登录。", en="The token is not valid; sign in again.")


class Authenticator:
    """Knows who holds a token; without a ``staff_token`` nobody does."""

    def __init__(self, staff_token: str | None) -> None:
        self._staff_token = staff_token

    def actor(self, authorization: Sequence[str]) -> Staff | None:
        """Whom a request's ``Authorization`` headers name; None where it has none.

        Anything else than one valid token is an UNAUTHENTICATED fault: who tried to sign in is
        never taken for a stranger.
        """
        if not authorization:
            return None
        scheme, _, token = authorization[0].partition(" ")
        if len(authorization) > 1 or scheme.lower() != _SCHEME or not self._is_valid(token.strip()):
            raise Unauthenticated(_NOT_VALID)
        return DEVELOPER

    def _is_valid(self, token: str) -> bool:
        if self._staff_token is None:
            return False
        return hmac.compare_digest(token.encode(), self._staff_token.encode())
