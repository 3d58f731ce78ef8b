"""How long what stands for a session lives, and what clients may be allowed."""

from datetime import timedelta
from enum import StrEnum

ACCESS_LIFE = timedelta(minutes=15)
"""How long an access token is taken; what is revoked is refused earlier."""
LEEWAY = timedelta(seconds=60)
"""How far the clocks of this mall's machines may be apart."""
REFRESH_LIFE = timedelta(days=30)
"""How long a refresh token waits for its use."""
SESSION_LIFE = timedelta(days=180)
"""When a member has to sign in anew, however often the session was refreshed."""
MOST_SIBLINGS = 3
"""Refresh tokens that one and the same token may be changed for within its client's grace."""
GRACE = timedelta(seconds=10)
"""How long a client on a bad network may ask again with the same refresh token."""
LONGEST_GRACE = timedelta(seconds=30)
CODE_LIFE = timedelta(seconds=60)
"""How long an authorization code waits for its use."""
SESSION_RETENTION = timedelta(days=30)
"""How long a session is kept after its end, for those who ask what happened."""
KEY_AHEAD = timedelta(seconds=60)
"""How long a new signing key is known everywhere before it signs."""


class Grant(StrEnum):
    """The ways in which a client may come to a session."""

    WECHAT = "urn:mall:grant-type:wechat-mini-program"
    PHONE_CODE = "urn:mall:grant-type:phone-code"
    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH = "refresh_token"


MEMBER_SCOPE = "member"
"""To act as the member in the GraphQL API."""
OPENID_SCOPE = "openid"
PROFILE_SCOPE = "profile"


class EndReason(StrEnum):
    """Why a session has ended."""

    SIGNED_OUT = "signed_out"
    REUSED = "reused"
    """A refresh token came a second time: somebody else may have it."""
    BLOCKED = "blocked"
    REVOKED = "revoked"
