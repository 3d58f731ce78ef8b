"""What members say of themselves."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from domain.kernel.db import WriteSession
from domain.kernel.errors import InvalidInput, Problem
from domain.kernel.language import Language
from domain.members import statements
from domain.members.actions.consents import last_entry
from domain.members.models import Member
from domain.members.rules import (
    CONSENT_WITHDRAWN,
    problems_of_birthday,
    problems_of_name,
    tidy_name,
)
from domain.members.words import ConsentAction, ConsentPurpose


class Birthday(msgspec.Struct, frozen=True):
    """A day of the year; the mall does not ask for the year."""

    month: int
    day: int


class Profile(msgspec.Struct, frozen=True):
    """What a member may change about themselves; whatever is None they do not say."""

    name: str
    picture_key: str | None
    birthday: Birthday | None
    language: Language | None
    is_personalised: bool


class SavedMember(msgspec.Struct, frozen=True):
    """A member who was written."""

    member_id: UUID


async def edit_profile(
    session: WriteSession, member_id: UUID, changes: Mapping[str, Any]
) -> SavedMember:
    """Change fields of `Profile`, by name; what is already so changes nothing.

    Refuses: MemberBlocked, InvalidInput. Whoever withdrew the consent to PERSONALISATION cannot
    switch it on without granting it again.
    """
    member = await statements.welcome(session, member_id)
    before = _profile(member)
    after = msgspec.structs.replace(before, **changes)
    after = msgspec.structs.replace(after, name=tidy_name(after.name))
    problems = [*_problems(after)]
    if after.is_personalised and not before.is_personalised and await _withdrew(session, member):
        problems.append(CONSENT_WITHDRAWN.at("isPersonalised"))
    if problems:
        raise InvalidInput(problems)
    if after != before:
        _write(member, after)
        await session.flush()
    return SavedMember(member_id)


async def picture_key(session: WriteSession, member_id: UUID) -> str | None:
    """The key of the picture that the member has now, who is locked until the end."""
    return (await statements.own(session, member_id)).picture_key


def _profile(member: Member) -> Profile:
    month, day = member.birth_month, member.birth_day
    return Profile(
        name=member.name,
        picture_key=member.picture_key,
        birthday=None if month is None or day is None else Birthday(month, day),
        language=member.language,
        is_personalised=member.is_personalised,
    )


def _problems(profile: Profile) -> Iterator[Problem]:
    yield from problems_of_name(profile.name)
    if profile.birthday is not None:
        yield from problems_of_birthday(profile.birthday.month, profile.birthday.day)


async def _withdrew(session: WriteSession, member: Member) -> bool:
    last = await last_entry(session, member.id, ConsentPurpose.PERSONALISATION)
    return last is not None and last.action is ConsentAction.WITHDRAWN


def _write(member: Member, profile: Profile) -> None:
    member.name = profile.name
    member.picture_key = profile.picture_key
    member.birth_month = profile.birthday.month if profile.birthday else None
    member.birth_day = profile.birthday.day if profile.birthday else None
    member.language = profile.language
    member.is_personalised = profile.is_personalised
    member.revision += 1
