"""What members can do about themselves."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.access import Access
from api.context import Context, Info
from api.members import results
from api.members.desk import CODES_OF_MEMBER, WECHAT_PHONES_OF_MEMBER
from api.members.inputs import (
    BindPhoneByWeChatInput,
    BindPhoneInput,
    EditProfileInput,
    GrantConsentInput,
    RequestPhoneCodeInput,
    WithdrawConsentInput,
)
from api.members.viewer import viewer_of
from api.refusals import root_mutation
from domain.kernel.db import WriteSession
from domain.kernel.errors import Busy, InvalidInput, Refused
from domain.kernel.problems import NOT_FOUND
from domain.media import actions as media
from domain.media.errors import UploadUnknown
from domain.media.rules import Purpose
from domain.members.actions import codes, consents, phones, profiles
from domain.members.actions.codes import PromisedCode
from domain.members.actions.consents import Agreement, SavedConsent
from domain.members.actions.phones import BoundPhone, VerifiedNumber
from domain.members.actions.profiles import SavedMember
from domain.members.errors import PhoneCodeRefused, PhoneUnusable
from domain.members.phone_numbers import e164
from domain.members.ports import SmsSender
from domain.members.rules import NOT_A_PHONE, RESEND_AFTER
from domain.members.words import CodeOutcome, CodePurpose, VerifiedBy

_Input = strawberry.argument(name="input", description="What.")


@strawberry.type
class MemberMutation:
    """Changes of members by themselves."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.EditProfileResult,
        description="Change one's own profile.",
    )
    async def edit_profile(
        self, info: Info, given: Annotated[EditProfileInput, _Input]
    ) -> results.ViewerSavedView:
        context, member = info.context, info.context.member()
        changes, upload_id = given.changes(), given.picture_upload_key

        async def act(session: WriteSession) -> SavedMember:
            if upload_id is not None:
                changes["picture_key"] = await _picture(session, upload_id, owner=member.key)
            if "picture_key" not in changes:
                return await profiles.edit_profile(session, member.id, changes)
            former = await profiles.picture_key(session, member.id)
            saved = await profiles.edit_profile(session, member.id, changes)
            if former is not None and former != changes["picture_key"]:
                await media.mark_replaced(session, former, owner=member.key)
            return saved

        await context.once("editProfile", given.request_id, given, act, answer=SavedMember)
        return await _saved(info)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.BindPhoneByWeChatResult,
        description="Bind the phone that WeChat vouches for, by the code of its phone button.",
    )
    async def bind_phone_by_we_chat(
        self, info: Info, given: Annotated[BindPhoneByWeChatInput, _Input]
    ) -> results.ViewerSavedView:
        context = info.context
        desk, member = context.members, context.member()
        wechat = desk.require_wechat()
        agreement = Agreement(given.consent_version, given.channel)

        async def call() -> str:
            # Each number costs money: whoever could not keep it is refused before.
            async with context.writing() as session:
                await phones.require_bindable(session, member.id, agreement)
            await desk.attempts.take(WECHAT_PHONES_OF_MEMBER, member.key)
            return await desk.number_of(wechat, given.code)

        async def act(session: WriteSession, number: str) -> BoundPhone | Refused:
            return await phones.bind_phone(
                session,
                desk.vault,
                member.id,
                number=VerifiedNumber(number, VerifiedBy.WECHAT),
                agreement=agreement,
                at=context.now(),
                random=context.random,
            )

        await context.once_after(
            "bindPhoneByWeChat", given.request_id, given, call, act, answer=BoundPhone
        )
        return await _saved(info)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.RequestPhoneCodeResult,
        description="Have a code sent to a phone that shall be bound. One a minute for each "
        "number, ten a day for each number and ten for each member, then RATE_LIMITED: that is its "
        "key, so it has no requestId.",
    )
    async def request_phone_code(
        self, info: Info, given: Annotated[RequestPhoneCodeInput, _Input]
    ) -> results.PhoneCodeSentView:
        context, phone = info.context, _number(given.phone)
        desk = context.members
        sms = desk.require_sms()
        await desk.attempts.check(CODES_OF_MEMBER, context.member().key)
        async with context.writing() as session:
            promised = await codes.promise_code(
                session,
                desk.vault,
                phone,
                purpose=CodePurpose.BIND_PHONE,
                bounds=desk.codes,
                at=context.now(),
                random=context.random,
            )
        await desk.attempts.take(CODES_OF_MEMBER, context.member().key)
        await _send(context, sms, phone, promised)
        seconds = int(RESEND_AFTER.total_seconds())
        return results.PhoneCodeSentView(promised.expires_at, seconds)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.BindPhoneResult,
        description="Bind a phone by the code that was sent to it.",
    )
    async def bind_phone(
        self, info: Info, given: Annotated[BindPhoneInput, _Input]
    ) -> results.ViewerSavedView:
        context, phone = info.context, _number(given.phone)
        vault, member = context.members.vault, context.member()
        agreement = Agreement(given.consent_version, given.channel)

        async def act(session: WriteSession) -> BoundPhone | Refused:
            at = context.now()
            outcome = await codes.verify_code(
                session, vault, phone, purpose=CodePurpose.BIND_PHONE, code=given.code, at=at
            )
            if outcome is not CodeOutcome.ACCEPTED:
                return PhoneCodeRefused(outcome)
            return await phones.bind_phone(
                session,
                vault,
                member.id,
                number=VerifiedNumber(phone, VerifiedBy.SMS),
                agreement=agreement,
                at=at,
                random=context.random,
            )

        await context.once("bindPhone", given.request_id, given, act, answer=BoundPhone)
        return await _saved(info)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.GrantConsentResult,
        description="Agree to a text.",
    )
    async def grant_consent(
        self, info: Info, given: Annotated[GrantConsentInput, _Input]
    ) -> results.ViewerSavedView:
        context = info.context
        member, agreement = context.member(), Agreement(given.version, given.channel)

        async def act(session: WriteSession) -> SavedConsent:
            return await consents.grant_consent(
                session,
                member.id,
                given.purpose,
                agreement=agreement,
                at=context.now(),
                random=context.random,
            )

        await context.once("grantConsent", given.request_id, given, act, answer=SavedConsent)
        return await _saved(info)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.WithdrawConsentResult,
        description="Take back one's yes to a text; without that to PHONE the phone is forgotten.",
    )
    async def withdraw_consent(
        self, info: Info, given: Annotated[WithdrawConsentInput, _Input]
    ) -> results.ViewerSavedView:
        context = info.context
        member = context.member()

        async def act(session: WriteSession) -> SavedConsent:
            return await consents.withdraw_consent(
                session,
                member.id,
                given.purpose,
                channel=given.channel,
                at=context.now(),
                random=context.random,
            )

        await context.once("withdrawConsent", given.request_id, given, act, answer=SavedConsent)
        return await _saved(info)


async def _picture(session: WriteSession, upload_id: UUID, *, owner: str) -> str:
    try:
        return await media.ready_key(
            session, upload_id, owner=owner, purpose=Purpose.MEMBER_PICTURE
        )
    except UploadUnknown as unknown:
        raise InvalidInput([NOT_FOUND.at("pictureUploadId")]) from unknown


async def _send(context: Context, sms: SmsSender, phone: str, promised: PromisedCode) -> None:
    """Send a code that binds; one that certainly was not sent is taken back.

    Refuses: PhoneUnusable. Faults: `Busy`.
    """
    failure: Exception = Busy()
    try:
        if await context.members.send(
            sms,
            phone,
            promised.code,
            purpose=CodePurpose.BIND_PHONE,
            language=context.language,
        ):
            return
    except PhoneUnusable as refused:
        failure = refused
    async with context.writing() as session:
        await codes.take_back(session, promised.id)
    raise failure


async def _saved(info: Info) -> results.ViewerSavedView:
    return results.ViewerSavedView(await viewer_of(info, below="viewer."))


def _number(written: str) -> str:
    """The number as E.164. Refuses: InvalidInput."""
    number = e164(written)
    if number is None:
        raise InvalidInput([NOT_A_PHONE.at("phone")])
    return number
