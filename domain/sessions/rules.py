"""How long what stands for a session lives, and what clients may be allowed."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

ACCESS_LIFE = timedelta(minutes=15)
"""How long an access token is taken; what is revoked is refused earlier."""
LEEWAY = timedelta(seconds=60)
"""How far the clocks of this mall's machines may be apart."""


@dataclass(frozen=True, slots=True)
class Life:
    """How long a session of one kind lives.

    After ``whole`` somebody signs in anew, however often it was refreshed; a refresh token waits
    for its use for ``idle``.
    """

    whole: timedelta
    idle: timedelta


MEMBER_LIFE = Life(timedelta(days=180), timedelta(days=30))
STAFF_LIFE = Life(timedelta(hours=12), timedelta(hours=12))
"""A working day in a browser."""
PAD_LIFE = Life(timedelta(days=180), timedelta(days=30))
STAFF_AT_PAD_LIFE = Life(timedelta(hours=12), timedelta(minutes=30))
"""Whoever walks away from a pad stays signed in there for up to half an hour, unless they sign out
or somebody else signs in; the pad itself may sign them out earlier."""
CLIENT_LIFE = Life(ACCESS_LIFE, ACCESS_LIFE)
"""A client signs itself in again whenever it likes: its session is its one access token."""
MOST_SIBLINGS = 3
"""Refresh tokens that one and the same token may be changed for within its client's grace."""
GRACE = timedelta(seconds=10)
"""How long a client on a bad network may ask again with the same refresh token."""
LONGEST_GRACE = timedelta(seconds=30)
CODE_LIFE = timedelta(seconds=60)
"""How long an authorization code waits for its use."""
ID_TOKEN_LIFE = timedelta(minutes=5)
"""How long an id token is good: a client looks at it at once."""
CODE_RETENTION = timedelta(days=1)
"""How long a code is kept after that, for a second use ends what the first began."""
BROWSER_LIFE = timedelta(hours=12)
"""How long somebody stays signed in in a browser, however often they are asked there."""
BROWSER_RETENTION = timedelta(days=1)
"""How long a browser's session is kept after its expiry."""
SESSION_RETENTION = timedelta(days=30)
"""How long a session is kept after its end, for those who ask what happened."""
DEVICE_CODE_LIFE = timedelta(minutes=10)
"""How long a pad waits for somebody who lets it in."""
DEVICE_CODE_RETENTION = timedelta(days=1)
"""How long a pad's code is kept after that, with the network address it came from."""
POLL_SECONDS, MOST_POLL_SECONDS = 5, 60
"""How long a pad waits between two questions, at first and at the most (RFC 8628 3.5)."""
SLOWER_SECONDS = 5
"""What is added to that by each question that comes too early."""
POLL_JITTER = timedelta(seconds=1)
"""How much earlier the network may bring a question without its being too early."""
SEEN_EVERY = timedelta(minutes=1)
"""How often at most it is written down that a pad was seen."""
KEY_AHEAD = timedelta(seconds=60)
"""How long a new signing key is known everywhere before it signs."""
_LONGEST_ADDRESS = 500
_ADDRESS = re.compile(r"https?://[!-~]+")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Grant(StrEnum):
    """The ways in which a client may come to a session."""

    WECHAT = "urn:mall:grant-type:wechat-mini-program"
    PHONE_CODE = "urn:mall:grant-type:phone-code"
    AUTHORIZATION_CODE = "authorization_code"
    CLIENT_CREDENTIALS = "client_credentials"
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
    STAFF_PIN = "urn:mall:grant-type:staff-pin"
    REFRESH = "refresh_token"


MEMBER_SCOPE = "member"
"""To act as the member in the GraphQL API."""
OPENID_SCOPE = "openid"
PROFILE_SCOPE = "profile"
STAFF_SCOPE = "staff"
"""To act as a member of the staff in the GraphQL API."""
PAD_SCOPE = "pad"
"""To act as a pad, and as the staff who sign in at it."""
MEMBER_SCOPES = (OPENID_SCOPE, PROFILE_SCOPE, MEMBER_SCOPE)
"""What a member may allow a client."""
STAFF_SCOPES = (OPENID_SCOPE, PROFILE_SCOPE, STAFF_SCOPE)
"""What a member of the staff may allow a client that is for staff."""


class DeviceCodeStatus(StrEnum):
    """What has become of a pad's question to be let in."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    CONSUMED = "consumed"
    """The pad has its session: the code is good for nothing more."""


class EndReason(StrEnum):
    """Why a session has ended."""

    SIGNED_OUT = "signed_out"
    REUSED = "reused"
    """A refresh token or a code came a second time: somebody else may have it."""
    BLOCKED = "blocked"
    REVOKED = "revoked"


def is_redirect_uri(address: str, *, in_development: bool) -> bool:
    """Whether a client may have people sent back to this address, which is compared to the letter.

    Over https, and in development also over http on this machine; without a fragment, a
    wildcard or somebody's name in it.
    """
    if (
        len(address) > _LONGEST_ADDRESS
        or not _ADDRESS.fullmatch(address)
        or set(address) & {*"#*@"}
    ):
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return in_development and parts.hostname in _LOOPBACK
