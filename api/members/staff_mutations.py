"""What staff in charge can do to members, all of it in the audit trail."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Context, Info
from api.members import results
from api.members.inputs import (
    BlockMemberInput,
    PublishConsentTextInput,
    RevealPhoneInput,
    UnblockMemberInput,
)
from api.members.staff_queries import record_of
from api.refusals import root_mutation
from domain.kernel.actors import By
from domain.kernel.db import WriteSession
from domain.members.actions import blocking, consents, phones
from domain.members.actions.consents import PublishedText
from domain.members.actions.profiles import SavedMember
from domain.members.errors import MemberUnavailable
from domain.sessions import actions as sessions
from domain.sessions.rules import EndReason

_Input = strawberry.argument(name="input", description="Whom or what, and why.")


@strawberry.type
class MemberStaffMutation:
    """Changes of members by staff."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.BlockMemberResult,
        description="Keep a member out, and end their sessions.",
    )
    async def block_member(
        self, info: Info, given: Annotated[BlockMemberInput, _Input]
    ) -> results.MemberSavedView:
        context, member_key, by = info.context, given.member_key, _by(info)

        async def act(session: WriteSession) -> SavedMember:
            saved = await blocking.block_member(
                session, member_key, told=given.block_reason, reason=given.reason, by=by
            )
            await sessions.end_all_of_member(
                session, member_key, EndReason.BLOCKED, at=by.at, note=given.block_reason
            )
            return saved

        await context.once("blockMember", given.request_id, given, act, answer=SavedMember)
        return await _saved(context, member_key)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.UnblockMemberResult,
        description="Let a member in again; they sign in anew.",
    )
    async def unblock_member(
        self, info: Info, given: Annotated[UnblockMemberInput, _Input]
    ) -> results.MemberSavedView:
        context, member_key, by = info.context, given.member_key, _by(info)

        async def act(session: WriteSession) -> SavedMember:
            saved = await blocking.unblock_member(session, member_key, reason=given.reason, by=by)
            await sessions.forget_block(session, member_key, at=by.at)
            return saved

        await context.once("unblockMember", given.request_id, given, act, answer=SavedMember)
        return await _saved(context, member_key)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.RevealPhoneResult,
        description="Tell a member's whole number. Each time stands in the audit trail, so it has "
        "no requestId, and no answer of it is kept.",
    )
    async def reveal_phone(
        self, info: Info, given: Annotated[RevealPhoneInput, _Input]
    ) -> results.PhoneRevealedView:
        context, member_key, by = info.context, given.member_key, _by(info)
        async with context.writing() as session:
            phone = await phones.reveal_phone(
                session, context.members.vault, member_key, reason=given.reason, by=by
            )
        return results.PhoneRevealedView(phone)

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.PublishConsentTextResult,
        description="Publish the next version of what members are asked to agree to.",
    )
    async def publish_consent_text(
        self, info: Info, given: Annotated[PublishConsentTextInput, _Input]
    ) -> results.ConsentTextPublishedView:
        title, body, by = given.title.value(), given.body.value(), _by(info)

        async def act(session: WriteSession) -> PublishedText:
            return await consents.publish_text(
                session, given.purpose, title, body=body, reason=given.reason, by=by
            )

        published = await info.context.once(
            "publishConsentText", given.request_id, given, act, answer=PublishedText
        )
        return results.ConsentTextPublishedView(published.purpose, published.version)


def _by(info: Info) -> By:
    context = info.context
    return By(context.operator(), context.now(), context.random)


async def _saved(context: Context, member_key: UUID) -> results.MemberSavedView:
    member = await record_of(context, member_key, with_consents=True)
    if member is None:
        raise MemberUnavailable
    return results.MemberSavedView(member)
