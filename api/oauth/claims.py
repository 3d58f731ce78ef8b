"""What an access token says (RFC 9068), and who acts by it."""

import re
from uuid import UUID

import msgspec

from domain.kernel.actors import Actor, Member, Pad, Partner, Role, Scope, Staff
from domain.sessions.rules import MEMBER_SCOPE, PAD_SCOPE, STAFF_SCOPE

_MEMBER, _CLIENT, _STAFF, _PAD = "member", "client", "staff", "pad"
_KEY = re.compile("[0-9a-f]{32}")


class StaffClaims(msgspec.Struct, frozen=True):
    """Who is signed in, as they were when the token was made.

    Another role and other stores end the session. Another name does not: the next token has it.
    """

    name: str
    role: Role
    stores: list[UUID] | None


class PadClaims(msgspec.Struct, frozen=True):
    """At which pad, in which store, and in which session of the pad's own."""

    id: UUID
    store: UUID
    sid: UUID


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an access token says."""

    iss: str
    aud: str
    sub: str
    sid: UUID
    client_id: str
    scope: str
    iat: int
    exp: int
    jti: str
    staff: StaffClaims | None = None
    pad: PadClaims | None = None


def staff_claims(actor: Actor) -> StaffClaims | None:
    """What a token says besides of a member of the staff."""
    if not isinstance(actor, Staff):
        return None
    stores = None if actor.store_ids is None else sorted(actor.store_ids)
    return StaffClaims(actor.name, actor.role, stores)


def pad_claims(actor: Actor) -> PadClaims | None:
    """What a token says besides of a pad, and of the staff at it."""
    pad = actor.pad if isinstance(actor, Staff) else actor
    return PadClaims(pad.id, pad.store_id, pad.session_id) if isinstance(pad, Pad) else None


def actor_of(claims: Claims) -> Actor | None:
    """Who acts by a token that was verified; None where it is good for nothing in the API."""
    kind, _, subject = claims.sub.partition(":")
    scopes = set(claims.scope.split())
    if kind == _CLIENT:
        known = frozenset(scope for scope in Scope if scope in scopes)
        return Partner(subject, claims.sid, known)
    if not _KEY.fullmatch(subject):
        return None
    key = UUID(hex=subject)
    if kind == _MEMBER and MEMBER_SCOPE in scopes:
        return Member(key, claims.sid)
    if kind == _PAD and PAD_SCOPE in scopes and claims.pad is not None:
        return Pad(key, claims.pad.store, claims.sid)
    if kind == _STAFF and claims.staff is not None:
        return _staff(key, claims, claims.staff, scopes)
    return None


def _staff(key: UUID, claims: Claims, staff: StaffClaims, scopes: set[str]) -> Staff | None:
    """A token of a browser has one scope, one of a pad the other, and only that names a pad."""
    if (PAD_SCOPE if claims.pad else STAFF_SCOPE) not in scopes:
        return None
    pad = Pad(claims.pad.id, claims.pad.store, claims.pad.sid) if claims.pad else None
    stores = None if staff.stores is None else frozenset(staff.stores)
    return Staff(key, staff.name, staff.role, claims.sid, stores, pad)
