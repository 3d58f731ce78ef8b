"""Use cases of clients: who may ask for tokens, registered by the engineer in charge."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.sessions.models import Client
from domain.sessions.rules import (
    GRACE,
    MEMBER_SCOPE,
    OPENID_SCOPE,
    PAD_SCOPE,
    PROFILE_SCOPE,
    STAFF_SCOPE,
    Grant,
)

MINI_PROGRAM = "mini-program"
APP = "app"
PLAYGROUND = "playground"
PAD = "pad"
OWN = frozenset({MINI_PROGRAM, APP, PLAYGROUND, PAD})
"""The ids of the brand's own clients, which no partner can have."""
_SECRET_BYTES = 32
_ID = re.compile("[a-z0-9][a-z0-9-]{2,49}")
_KINDS = frozenset({MEMBER_SCOPE, STAFF_SCOPE, PAD_SCOPE})


@dataclass(frozen=True, slots=True)
class NewClient:
    """What is said of a client when it is registered.

    It is for people of one kind, which its scopes name: ValueError for one of several.
    """

    id: str
    name: str
    grants: tuple[Grant, ...]
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    wechat_app_id: str | None = None
    refresh_grace_seconds: int = 0

    def __post_init__(self) -> None:
        """Check that whoever signs in by it is of one kind."""
        if len(_KINDS & set(self.scopes)) > 1:
            raise ValueError(f"{self.id} is for people of several kinds")


def own_clients(
    *, wechat_app_id: str | None, sends_codes: bool, playground: str
) -> list[NewClient]:
    """The brand's own programmes, as far as they can sign anybody in.

    Those on people's phones run on bad networks: who has not heard the answer to a refresh may
    ask again for a while. ``playground`` is the address of the staff's page, which may not; nor
    may a pad, which stands where strangers are.
    """
    grace = int(GRACE.total_seconds())
    on_pads = (Grant.DEVICE_CODE, Grant.STAFF_PIN, Grant.REFRESH)
    own = [NewClient(PAD, "门店平板", on_pads, (PAD_SCOPE,))]
    for client_id, name, grant, is_possible in (
        (MINI_PROGRAM, "小程序", Grant.WECHAT, wechat_app_id is not None),
        (APP, "品牌 App", Grant.PHONE_CODE, sends_codes),
    ):
        if is_possible:
            own.append(
                NewClient(
                    client_id,
                    name,
                    (grant, Grant.REFRESH),
                    (MEMBER_SCOPE, OPENID_SCOPE, PROFILE_SCOPE),
                    wechat_app_id=wechat_app_id if grant is Grant.WECHAT else None,
                    refresh_grace_seconds=grace,
                )
            )
    browser = (Grant.AUTHORIZATION_CODE, Grant.REFRESH)
    own.append(NewClient(PLAYGROUND, "Playground", browser, (STAFF_SCOPE,), (playground,)))
    return own


def is_of_staff(client: Client) -> bool:
    """Whether the staff sign in by a client, and no member."""
    return STAFF_SCOPE in client.scopes


class ClientExists(Exception):
    """Another client has the id already."""


class ClientUnknown(Exception):
    """No client has the id."""


def new_secret(random: Random) -> str:
    """Make a client's secret, a code or a browser's; ``random`` must be one nobody can guess."""
    return random.randbytes(_SECRET_BYTES).hex()


def digest_of(secret: str) -> bytes:
    """What is stored of a secret with the entropy of a key: a token, a client's secret."""
    return hashlib.sha256(secret.encode()).digest()


def is_secret_of(client: Client, secret: str) -> bool:
    """Whether it is the client's secret, in a time that tells nothing."""
    known = client.secret_digest
    return known is not None and hmac.compare_digest(known, digest_of(secret))


def is_id(text: str) -> bool:
    """Whether a client may have this id."""
    return _ID.fullmatch(text) is not None


async def register(
    session: WriteSession, new: NewClient, *, with_secret: bool, at: datetime, random: Random
) -> str | None:
    """Register a client, and answer with its secret, which is told this once.

    Raises `ClientExists`.
    """
    secret = new_secret(random) if with_secret else None
    adding = insert(Client).values(
        **_values(new), secret_digest=digest_of(secret) if secret else None, created_at=at
    )
    added = adding.on_conflict_do_nothing().returning(Client.id)
    if new.id in OWN or await session.scalar(added) is None:
        raise ClientExists(new.id)
    return secret


async def keep_own(session: WriteSession, own: Sequence[NewClient], *, at: datetime) -> None:
    """Register the brand's own clients, or bring them to what they are in this release."""
    for new in own:
        adding = insert(Client).values(**_values(new), created_at=at)
        await session.execute(
            adding.on_conflict_do_update(index_elements=[Client.id], set_=_values(new))
        )


async def client(session: WriteSession, client_id: str) -> Client | None:
    """The client that may ask for tokens; None for one that is unknown or disabled."""
    found = select(Client).where(Client.id == client_id, Client.disabled_at.is_(None))
    return await session.scalar(found)


async def every(session: WriteSession) -> Sequence[Client]:
    """All clients, also the disabled ones."""
    return (await session.scalars(select(Client).order_by(Client.id))).all()


async def renew(session: WriteSession, client_id: str, *, random: Random) -> str:
    """Give a partner's client another secret, and let it in again where it was disabled.

    The secret before opens nothing from now on. Raises `ClientUnknown`.
    """
    secret = random.randbytes(_SECRET_BYTES).hex()
    renewing = (
        update(Client)
        .where(Client.id == client_id, Client.secret_digest.is_not(None))
        .values(secret_digest=digest_of(secret), disabled_at=None)
        .returning(Client.id)
    )
    if await session.scalar(renewing) is None:
        raise ClientUnknown(client_id)
    return secret


async def disable(session: WriteSession, client_id: str, *, at: datetime) -> None:
    """Let a client ask for nothing more, and take nothing of it any more. Raises `ClientUnknown`.

    Its sessions stay as they are, however many: each process copies which clients are disabled.
    """
    disabling = (
        update(Client).where(Client.id == client_id).values(disabled_at=at).returning(Client.id)
    )
    if await session.scalar(disabling) is None:
        raise ClientUnknown(client_id)


def _values(new: NewClient) -> dict[str, object]:
    return {
        "id": new.id,
        "name": new.name,
        "grants": [*new.grants],
        "scopes": [*new.scopes],
        "redirect_uris": [*new.redirect_uris],
        "wechat_app_id": new.wechat_app_id,
        "refresh_grace_seconds": new.refresh_grace_seconds,
    }
