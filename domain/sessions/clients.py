"""Use cases of clients: who may ask for tokens, registered by the engineer in charge."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.db import WriteSession
from domain.sessions.models import Client
from domain.sessions.rules import Grant

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewClient:
    """What is said of a client when it is registered."""

    id: str
    name: str
    grants: tuple[Grant, ...]
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    wechat_app_id: str | None = None
    refresh_grace_seconds: int = 0


class ClientExists(Exception):
    """Another client has the id already."""


class ClientUnknown(Exception):
    """No client has the id."""


def digest_of(secret: str) -> bytes:
    """What is stored of a secret with the entropy of a key: a token, a client's secret."""
    return hashlib.sha256(secret.encode()).digest()


def is_secret_of(client: Client, secret: str) -> bool:
    """Whether it is the client's secret, in a time that tells nothing."""
    known = client.secret_digest
    return known is not None and hmac.compare_digest(known, digest_of(secret))


async def register(
    session: WriteSession, new: NewClient, *, with_secret: bool, at: datetime, random: Random
) -> str | None:
    """Register a client, and answer with its secret, which is told this once.

    Raises `ClientExists`.
    """
    secret = random.randbytes(_SECRET_BYTES).hex() if with_secret else None
    adding = insert(Client).values(
        id=new.id,
        name=new.name,
        secret_digest=digest_of(secret) if secret else None,
        grants=[*new.grants],
        scopes=[*new.scopes],
        redirect_uris=[*new.redirect_uris],
        wechat_app_id=new.wechat_app_id,
        refresh_grace_seconds=new.refresh_grace_seconds,
        created_at=at,
    )
    added = adding.on_conflict_do_nothing().returning(Client.id)
    if await session.scalar(added) is None:
        raise ClientExists(new.id)
    return secret


async def client(session: WriteSession, client_id: str) -> Client | None:
    """The client that may ask for tokens; None for one that is unknown or disabled."""
    found = select(Client).where(Client.id == client_id, Client.disabled_at.is_(None))
    return await session.scalar(found)


async def disable(session: WriteSession, client_id: str, *, at: datetime) -> None:
    """Let a client ask for nothing more. Its sessions are ended apart. Raises `ClientUnknown`."""
    disabling = (
        update(Client).where(Client.id == client_id).values(disabled_at=at).returning(Client.id)
    )
    if await session.scalar(disabling) is None:
        raise ClientUnknown(client_id)
