"""Who sends a request: from its ``Authorization`` header to a member, a partner or the staff.

Staff sign in by themselves. For scripts there is one token besides, in development only.
"""

import hmac
from collections.abc import Callable, Sequence
from uuid import UUID

from api.oauth.tokens import NOT_VALID
from domain.kernel.actors import Actor, Role, Staff
from domain.kernel.errors import Unauthenticated

DEVELOPER = Staff(UUID("0192f000-0000-7000-8000-000000000001"), "开发者", Role.OWNER)
"""Whom the development token stands for."""

HolderOf = Callable[[str], Actor]
"""Whom an access token names; raises the faults that `Authenticator.actor` tells."""

_SCHEME = "bearer"


class Authenticator:
    """Knows who holds a token; without a ``staff_token`` it knows nobody of the staff."""

    def __init__(self, holder: HolderOf, staff_token: str | None) -> None:
        self._holder = holder
        self._staff_token = staff_token

    def actor(self, authorization: Sequence[str]) -> Actor | None:
        """Whom a request's ``Authorization`` headers name; None where it has none.

        Who tried to sign in is never taken for a stranger: anything else than one valid token is
        an UNAUTHENTICATED fault. A blocked member is FORBIDDEN; before this process knows who was
        revoked everybody with a token is told `Busy`.
        """
        if not authorization:
            return None
        scheme, _, rest = authorization[0].partition(" ")
        token = rest.strip()
        if len(authorization) > 1 or scheme.lower() != _SCHEME or not token:
            raise Unauthenticated(NOT_VALID)
        if self._is_of_staff(token):
            return DEVELOPER
        return self._holder(token)

    def _is_of_staff(self, token: str) -> bool:
        if self._staff_token is None:
            return False
        return hmac.compare_digest(token.encode(), self._staff_token.encode())
