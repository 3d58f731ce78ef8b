"""The tables of sign-in: clients, sessions and what they come from, browsers, signing keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.sessions.rules import (
    LONGEST_GRACE,
    MOST_POLL_SECONDS,
    MOST_SIBLINGS,
    POLL_SECONDS,
    DeviceCodeStatus,
    EndReason,
    Grant,
)

_GRANTS = ", ".join(f"'{grant}'" for grant in Grant)
_LONGEST_GRACE = int(LONGEST_GRACE.total_seconds())


class Client(Base):
    """A programme that may ask for tokens: the mini-program, the brand's app, a partner's system.

    Without a secret it is public: it runs on people's phones, where nothing is secret. Never
    deleted, for sessions name it; disabled instead.
    """

    __tablename__ = "oauth_clients"
    __table_args__ = (
        CheckConstraint("id ~ '^[a-z0-9][a-z0-9-]{2,49}$'", name="id_is_a_slug"),
        CheckConstraint(f"grants <@ ARRAY[{_GRANTS}]", name="grants_are_known"),
        CheckConstraint("octet_length(secret_digest) = 32", name="secret_digest_is_sha256"),
        CheckConstraint(
            "secret_digest IS NOT NULL OR NOT 'client_credentials' = ANY (grants)",
            name="acts_as_itself_with_a_secret",
        ),
        CheckConstraint(
            f"refresh_grace_seconds BETWEEN 0 AND {_LONGEST_GRACE}", name="grace_is_short"
        ),
        CheckConstraint(
            f"('{Grant.WECHAT}' = ANY (grants)) = (wechat_app_id IS NOT NULL)",
            name="wechat_has_its_app",
        ),
        CheckConstraint(
            f"('{Grant.AUTHORIZATION_CODE}' = ANY (grants)) = (cardinality(redirect_uris) > 0)",
            name="codes_have_where_to_go",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_digest: Mapped[bytes | None]
    grants: Mapped[list[str]] = mapped_column(ARRAY(Text))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(Text))
    wechat_app_id: Mapped[str | None]
    refresh_grace_seconds: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Pad(Base):
    """A device in a store, let in by a manager. Never deleted: the audit trail names it.

    ``last_seen_at`` is written at most once a minute. A pad that was revoked is let in anew as
    another one.
    """

    __tablename__ = "pads"
    __table_args__ = (
        CheckConstraint(r"name ~ '\S'", name="name_is_given"),
        Index(None, "store_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    store_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"))
    approved_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    approved_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Session(Base):
    """One sign-in by one client: of a member, of staff, of a pad, or of the client itself.

    At a pad, staff sign in within the pad's own session, which is the parent, and end with it.
    What has ended has expired as well. Kept for `SESSION_RETENTION` after that, by a sweep.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_a_reason"),
        known("end_reason", EndReason),
        CheckConstraint("expires_at >= started_at", name="expires_after_its_start"),
        CheckConstraint("num_nonnulls(member_id, staff_id) <= 1", name="is_of_one_person"),
        CheckConstraint("member_id IS NULL OR pad_id IS NULL", name="no_member_is_a_pad"),
        CheckConstraint(
            "(parent_id IS NOT NULL) = (staff_id IS NOT NULL AND pad_id IS NOT NULL)",
            name="staff_at_a_pad_are_within_its_session",
        ),
        Index("ix_sessions_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index(
            "ix_sessions_member_id_id",
            "member_id",
            "id",
            postgresql_where=text("member_id IS NOT NULL"),
        ),
        Index(
            "ix_sessions_staff_id_id",
            "staff_id",
            "id",
            postgresql_where=text("staff_id IS NOT NULL"),
        ),
        Index("ix_sessions_pad_id", "pad_id", postgresql_where=text("pad_id IS NOT NULL")),
        Index("ix_sessions_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(None, "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    pad_id: Mapped[UUID | None] = mapped_column(ForeignKey("pads.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(WordColumn(EndReason))
    end_note: Mapped[str | None]
    """What a person who is refused is told, such as why a member is blocked."""

    @classmethod
    def is_of(cls, person: Any) -> ColumnElement[bool]:
        """Whether it is a person's, by the id of the member or of the member of the staff.

        ``person`` is an id, or ``any_(…)`` of some.
        """
        return or_(cls.member_id == person, cls.staff_id == person)


class RefreshToken(Base):
    """What keeps a session alive, to be changed for the next one.

    Kept until it expires, by a sweep, a used one too: where it comes again, somebody else may have
    it. ``children`` counts what it was changed for: more than one only within its client's grace.
    """

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint(f"children BETWEEN 0 AND {MOST_SIBLINGS}", name="siblings_are_few"),
        CheckConstraint("(used_at IS NULL) = (children = 0)", name="used_has_children"),
        Index(None, "session_id"),
        Index(None, "parent_digest"),
        Index(None, "expires_at"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    parent_digest: Mapped[bytes | None]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    children: Mapped[int] = mapped_column(BigInteger, default=0)


class AuthorizationCode(Base):
    """What a person's yes to a client is worth: it is changed for a session, once.

    ``challenge`` is the SHA-256 of the client's verifier (RFC 7636, S256). ``authenticated_at``
    is when the person signed in in the browser. A code that was used without success has no
    session. Kept for `CODE_RETENTION` after its expiry, by a sweep.
    """

    __tablename__ = "authorization_codes"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint("challenge ~ '^[A-Za-z0-9_-]{43}$'", name="challenge_is_sha256"),
        CheckConstraint("expires_at > issued_at", name="expires_after_its_issue"),
        CheckConstraint("session_id IS NULL OR used_at IS NOT NULL", name="session_is_of_its_use"),
        CheckConstraint("num_nonnulls(member_id, staff_id) = 1", name="is_of_one_person"),
        Index(None, "expires_at"),
        Index(
            "ix_authorization_codes_member_id_unused",
            "member_id",
            postgresql_where=text("used_at IS NULL"),
        ),
        Index(
            "ix_authorization_codes_staff_id_unused",
            "staff_id",
            postgresql_where=text("used_at IS NULL AND staff_id IS NOT NULL"),
        ),
        Index(
            "ix_authorization_codes_session_id",
            "session_id",
            postgresql_where=text("session_id IS NOT NULL"),
        ),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id"))
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    redirect_uri: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    nonce: Mapped[str | None]
    challenge: Mapped[str]
    authenticated_at: Mapped[datetime]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))


class DeviceCode(Base):
    """What a device asks to be let in with (RFC 8628): as a pad of one store, and for one session.

    Somebody in charge types the other code, from the device's screen, and decides. ``device`` is
    what it says of itself and ``address`` where it was asked from: only to be shown to whoever
    decides. Kept for `DEVICE_CODE_RETENTION` after its expiry, by a sweep.
    """

    __tablename__ = "device_codes"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint("octet_length(user_code_index) = 32", name="user_code_index_is_sha256"),
        known("status", DeviceCodeStatus),
        CheckConstraint("expires_at > issued_at", name="expires_after_its_issue"),
        CheckConstraint(
            f"interval_seconds BETWEEN {POLL_SECONDS} AND {MOST_POLL_SECONDS}",
            name="interval_is_bounded",
        ),
        CheckConstraint("early_polls >= 0", name="early_polls_count"),
        CheckConstraint("(status = 'pending') = (decided_by IS NULL)", name="decision_has_who"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decision_is_whole"),
        CheckConstraint(
            "(status IN ('approved', 'consumed')) = (pad_id IS NOT NULL)",
            name="approved_has_its_pad",
        ),
        CheckConstraint(
            "(status = 'consumed') = (session_id IS NOT NULL)", name="consumed_has_its_session"
        ),
        Index(None, "expires_at"),
        Index("ix_device_codes_session_id", "session_id"),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    user_code_index: Mapped[bytes] = mapped_column(unique=True)
    """Keyed by the `Vault`: eight letters could be found from a plain digest."""
    client_id: Mapped[str] = mapped_column(ForeignKey("oauth_clients.id"))
    device: Mapped[str]
    address: Mapped[str]
    status: Mapped[DeviceCodeStatus] = mapped_column(WordColumn(DeviceCodeStatus))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    interval_seconds: Mapped[int] = mapped_column(BigInteger)
    last_polled_at: Mapped[datetime | None]
    early_polls: Mapped[int] = mapped_column(BigInteger)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    pad_id: Mapped[UUID | None] = mapped_column(ForeignKey("pads.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))


class BrowserSession(Base):
    """A member or staff who is signed in in a browser, at the mall itself and for no client.

    Kept for `BROWSER_RETENTION` after its expiry, by a sweep.
    """

    __tablename__ = "browser_sessions"
    __table_args__ = (
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        CheckConstraint("expires_at > created_at", name="expires_after_its_start"),
        CheckConstraint("num_nonnulls(member_id, staff_id) = 1", name="is_of_one_person"),
        Index(None, "expires_at"),
        Index(
            "ix_browser_sessions_member_id_open",
            "member_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_browser_sessions_staff_id_open",
            "staff_id",
            postgresql_where=text("ended_at IS NULL AND staff_id IS NOT NULL"),
        ),
    )

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SigningKey(Base):
    """A key that access tokens are signed with. Few; kept until nothing signed is taken any more.

    ``sealed`` is the private half, for the `Vault`; ``public`` the other as a JSON Web Key.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (CheckConstraint("retires_at > signs_from", name="retires_after_signing"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    public: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    signs_from: Mapped[datetime]
    retires_at: Mapped[datetime | None]
