"""The tables of the members: who they are, what they agreed to, and how they are recognised."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.columns import WordColumn, known
from domain.kernel.db import Base
from domain.kernel.journals import JOURNAL
from domain.kernel.language import Language
from domain.members.words import (
    Channel,
    CodePurpose,
    ConsentAction,
    ConsentPurpose,
    MergeCause,
    Provider,
    VerifiedBy,
)


class Member(Base):
    """Somebody who joined the mall. Retention: until the member is erased (a later issue).

    The birthday is a month and a day, both or neither. ``block_reason`` is what a blocked member
    is told. ``is_personalised`` is the member's switch for choosing by their behaviour (PIPL 24).
    ``revision`` goes up with each change.
    """

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name="birthday_is_whole"),
        CheckConstraint("birth_month BETWEEN 1 AND 12", name="birth_month_exists"),
        CheckConstraint(
            "birth_day BETWEEN 1 AND CASE WHEN birth_month = 2 THEN 29 "
            "WHEN birth_month IN (4, 6, 9, 11) THEN 30 ELSE 31 END",
            name="birth_day_exists",
        ),
        CheckConstraint("(blocked_at IS NULL) = (block_reason IS NULL)", name="block_is_whole"),
        CheckConstraint(r"block_reason ~ '\S'", name="block_reason_is_given"),
        known("language", Language),
        Index(None, "name", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    picture_key: Mapped[str | None]
    birth_month: Mapped[int | None] = mapped_column(BigInteger)
    birth_day: Mapped[int | None] = mapped_column(BigInteger)
    joined_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None]
    block_reason: Mapped[str | None]
    language: Mapped[Language | None] = mapped_column(WordColumn(Language))
    is_personalised: Mapped[bool] = mapped_column(server_default=text("true"))
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class MemberIdentity(Base):
    """How a provider names a member in one app. Retention: as long as the member.

    ``subject`` is WeChat's openid; ``unionid`` names the same person in all apps of the brand, and
    may come later than the identity. Neither is ever shown or logged.
    """

    __tablename__ = "member_identities"
    __table_args__ = (
        Index("uq_member_identities_subject", "provider", "app_id", "subject", unique=True),
        known("provider", Provider),
        Index(None, "unionid"),
        Index(None, "member_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    provider: Mapped[Provider] = mapped_column(WordColumn(Provider))
    app_id: Mapped[str]
    subject: Mapped[str]
    unionid: Mapped[str | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class MemberMergeRequest(Base):
    """Two members who seem to be one person, the smaller id first. Retention: as the members.

    Written by whoever finds it; settling it is a later issue.
    """

    __tablename__ = "member_merge_requests"
    __table_args__ = (
        CheckConstraint("member_id < other_member_id", name="pair_is_in_order"),
        known("cause", MergeCause),
        Index(
            "uq_member_merge_requests_open",
            "member_id",
            "other_member_id",
            unique=True,
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    other_member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    cause: Mapped[MergeCause] = mapped_column(WordColumn(MergeCause))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class ConsentText(Base):
    """What members are asked to agree to, in one version. Retention: forever, as proof."""

    __tablename__ = "consent_texts"
    __table_args__ = (
        known("purpose", ConsentPurpose),
        CheckConstraint("version >= 1", name="version_begins_at_one"),
        {"info": JOURNAL},
    )

    purpose: Mapped[ConsentPurpose] = mapped_column(WordColumn(ConsentPurpose), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title_zh: Mapped[str]
    title_en: Mapped[str]
    body_zh: Mapped[str]
    body_en: Mapped[str]
    published_at: Mapped[datetime]


class ConsentEntry(Base):
    """What a member said to a purpose, and to which text. Retention: forever, as proof.

    The entry with the highest number is what stands for the member and the purpose.
    """

    __tablename__ = "consent_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["purpose", "text_version"], ["consent_texts.purpose", "consent_texts.version"]
        ),
        Index(
            "uq_consent_entries_number",
            "member_id",
            "purpose",
            "number",
            unique=True,
        ),
        CheckConstraint("number >= 1", name="number_begins_at_one"),
        known("action", ConsentAction),
        known("channel", Channel),
        {"info": JOURNAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(WordColumn(ConsentPurpose))
    number: Mapped[int] = mapped_column(BigInteger)
    text_version: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[ConsentAction] = mapped_column(WordColumn(ConsentAction))
    channel: Mapped[Channel] = mapped_column(WordColumn(Channel))
    at: Mapped[datetime]
    evidence: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))


class MemberPhone(Base):
    """The verified phone number of a member. Retention: until it is replaced or the consent ends.

    The number itself is sealed; ``phone_index`` finds it without opening it.
    """

    __tablename__ = "member_phones"
    __table_args__ = (
        CheckConstraint("last_digits ~ '^[0-9]{4}$'", name="last_digits_are_four"),
        known("verified_by", VerifiedBy),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    sealed: Mapped[bytes]
    phone_index: Mapped[bytes] = mapped_column(unique=True)
    last_digits: Mapped[str]
    verified_at: Mapped[datetime]
    verified_by: Mapped[VerifiedBy] = mapped_column(WordColumn(VerifiedBy))
    consent_entry_id: Mapped[UUID] = mapped_column(ForeignKey("consent_entries.id"), unique=True)


class OneTimeCode(Base):
    """A code that was promised to a phone. Retention: a day, kept by the sweep.

    Neither the number nor the code can be read from it. ``attempts`` counts every code that was
    typed against it, the right one too.
    """

    __tablename__ = "one_time_codes"
    __table_args__ = (
        known("purpose", CodePurpose),
        CheckConstraint("attempts BETWEEN 0 AND 5", name="attempts_are_bounded"),
        CheckConstraint("used_at IS NULL OR attempts > 0", name="used_by_an_attempt"),
        Index(None, "phone_index", "created_at"),
        Index(None, "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[CodePurpose] = mapped_column(WordColumn(CodePurpose))
    phone_index: Mapped[bytes]
    code_digest: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[datetime | None]
