"""Consents: what a member agrees to and takes back, and the texts that they are asked about."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, select

from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.kernel.epochs import Subject, next_epoch
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import new_id
from domain.kernel.language import Bilingual
from domain.members import statements
from domain.members.errors import ConsentTextUnknown
from domain.members.models import ConsentEntry, ConsentText, MemberPhone
from domain.members.rules import problems_of_text
from domain.members.words import Channel, ConsentAction, ConsentPurpose
from domain.staff.actions import Change, record
from domain.staff.rules import problems_of_reason

_SUBJECT = "consent_text"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A member's yes: to which version of the text, where, and what shows it (as JSON)."""

    version: int
    channel: Channel
    evidence: dict[str, str] | None = None


class SavedConsent(msgspec.Struct, frozen=True):
    """The purpose on which a member's word was taken."""

    purpose: ConsentPurpose


class PublishedText(msgspec.Struct, frozen=True):
    """The version that a text was published as."""

    purpose: ConsentPurpose
    version: int


async def grant_consent(
    session: WriteSession,
    member_id: UUID,
    purpose: ConsentPurpose,
    *,
    agreement: Agreement,
    at: datetime,
    random: Random,
) -> SavedConsent:
    """Take a member's yes to the text that stands now; the same yes again changes nothing.

    A yes to PERSONALISATION switches it on. Refuses: MemberBlocked, ConsentTextUnknown.
    """
    member = await statements.welcome(session, member_id)
    await standing_grant(session, member_id, purpose, agreement=agreement, at=at, random=random)
    if purpose is ConsentPurpose.PERSONALISATION and not member.is_personalised:
        member.is_personalised = True
        member.revision += 1
    await session.flush()
    return SavedConsent(purpose)


async def withdraw_consent(
    session: WriteSession,
    member_id: UUID,
    purpose: ConsentPurpose,
    *,
    channel: Channel,
    at: datetime,
    random: Random,
) -> SavedConsent:
    """Take a member's yes back; where none stands, nothing changes.

    Without PHONE the phone is forgotten, without PERSONALISATION it is switched off. A block is no
    obstacle here; but it ends the member's sessions, so that over HTTP they cannot come this far
    until the staff let them in again.
    """
    member = await statements.own(session, member_id)
    last = await last_entry(session, member_id, purpose)
    if last is None or last.action is ConsentAction.WITHDRAWN:
        return SavedConsent(purpose)
    if purpose is ConsentPurpose.PHONE:
        await session.execute(delete(MemberPhone).where(MemberPhone.member_id == member_id))
    if purpose is ConsentPurpose.PERSONALISATION:
        member.is_personalised = False
        member.revision += 1
    session.add(
        ConsentEntry(
            id=new_id(at, random),
            member_id=member_id,
            purpose=purpose,
            number=last.number + 1,
            text_version=last.text_version,
            action=ConsentAction.WITHDRAWN,
            channel=channel,
            at=at,
        )
    )
    await session.flush()
    return SavedConsent(purpose)


async def publish_text(
    session: WriteSession,
    purpose: ConsentPurpose,
    title: Bilingual,
    *,
    body: Bilingual,
    reason: str,
    by: By,
) -> PublishedText:
    """Publish the next version of what members are asked to agree to. Refuses: InvalidInput.

    Who agreed to an older version has agreed to that; clients see that a newer one stands.
    """
    problems = [*problems_of_text(title, body), *problems_of_reason(reason)]
    if problems:
        raise InvalidInput(problems)
    await statements.take_turns(session, [f"{_SUBJECT}:{purpose}".encode()])
    version = (await newest_version(session, purpose) or 0) + 1
    row = {
        "purpose": purpose,
        "version": version,
        "title_zh": title.zh,
        "title_en": title.en,
        "body_zh": body.zh,
        "body_en": body.en,
        "published_at": by.at,
    }
    published = insert(ConsentText).values(row).returning(next_epoch(Subject.CONSENT_TEXTS))
    await session.execute(published)
    after = {"purpose": purpose, "version": version, "title": title}
    subject = new_id(by.at, by.random)
    change = Change("consent_text.publish", _SUBJECT, subject, None, after, reason)
    await record(session, by.staff, change, at=by.at, random=by.random)
    return PublishedText(purpose, version)


async def standing_grant(
    session: WriteSession,
    member_id: UUID,
    purpose: ConsentPurpose,
    *,
    agreement: Agreement,
    at: datetime,
    random: Random,
) -> UUID:
    """The entry of the member's yes to the text that stands now, written unless it is there.

    The caller has locked the member. Refuses: ConsentTextUnknown for any other version.
    """
    newest = await newest_version(session, purpose)
    if agreement.version != newest:
        raise ConsentTextUnknown(purpose, newest)
    last = await last_entry(session, member_id, purpose)
    granted = last is not None and last.action is ConsentAction.GRANTED
    if last is not None and granted and last.text_version == newest:
        return last.id
    entry = ConsentEntry(
        id=new_id(at, random),
        member_id=member_id,
        purpose=purpose,
        number=last.number + 1 if last else 1,
        text_version=newest,
        action=ConsentAction.GRANTED,
        channel=agreement.channel,
        at=at,
        evidence=agreement.evidence,
    )
    session.add(entry)
    await session.flush()
    return entry.id


async def last_entry(
    session: WriteSession, member_id: UUID, purpose: ConsentPurpose
) -> ConsentEntry | None:
    """The member's latest word on the purpose."""
    return await session.scalar(
        select(ConsentEntry)
        .where(ConsentEntry.member_id == member_id, ConsentEntry.purpose == purpose)
        .order_by(ConsentEntry.number.desc())
        .limit(1)
    )


async def newest_version(session: WriteSession, purpose: ConsentPurpose) -> int | None:
    """The version of the text that stands now; None where there is none yet."""
    return await session.scalar(
        select(func.max(ConsentText.version)).where(ConsentText.purpose == purpose)
    )
