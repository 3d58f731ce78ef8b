"""What changes of members answer with: successes, refusals, and their unions."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.enums import described
from api.members.types import MemberRecord, Viewer
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.language import Language, Sentence
from domain.members import errors
from domain.members.views.structs import MemberView
from domain.members.words import CodeOutcome, ConsentPurpose

described(
    CodeOutcome,
    "What became of a code that was typed.",
    ACCEPTED="It was right; no refusal says so.",
    WRONG="It is another one.",
    EXPIRED="It is too old, was used, or a newer one was sent.",
    TOO_MANY="Too many wrong ones were typed; a new one is needed.",
)
_OUTCOMES = {
    CodeOutcome.WRONG: Sentence(zh="验证码不正确。", en="The code is not right."),
    CodeOutcome.EXPIRED: Sentence(
        zh="验证码已失效，请重新获取。", en="The code is no longer good; ask for another one."
    ),
    CodeOutcome.TOO_MANY: Sentence(
        zh="错误次数过多，请重新获取验证码。", en="Too many wrong codes; ask for another one."
    ),
}


class ViewerSavedView(msgspec.Struct, frozen=True):
    """The struct behind `ViewerSaved`."""

    viewer: MemberView


class PhoneCodeSentView(msgspec.Struct, frozen=True):
    """The struct behind `PhoneCodeSent`."""

    expires_at: datetime
    retry_after_seconds: int


class MemberSavedView(msgspec.Struct, frozen=True):
    """The struct behind `MemberSaved`."""

    member: MemberView


class PhoneRevealedView(msgspec.Struct, frozen=True):
    """The struct behind `PhoneRevealed`."""

    phone: str


class ConsentTextPublishedView(msgspec.Struct, frozen=True):
    """The struct behind `ConsentTextPublished`."""

    purpose: ConsentPurpose
    version: int


@strawberry.type(description="It was written.")
class ViewerSaved:
    viewer: Viewer = strawberry.field(description="The member as they are now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ViewerSavedView)


@strawberry.type(description="A code is on its way.")
class PhoneCodeSent:
    expires_at: datetime = strawberry.field(description="Until when it is good.")
    retry_after_seconds: int = strawberry.field(
        description="After how many seconds another one may be asked for."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PhoneCodeSentView)


@strawberry.type(description="The member was written.")
class MemberSaved:
    member: MemberRecord = strawberry.field(description="The member as they are now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MemberSavedView)


@strawberry.type(description="The whole number; that it was told stands in the audit trail.")
class PhoneRevealed:
    phone: str = strawberry.field(description="The number as E.164: `+8613800138000`.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PhoneRevealedView)


@strawberry.type(description="The text stands from now on.")
class ConsentTextPublished:
    purpose: ConsentPurpose = strawberry.field(description="What it is about.")
    version: int = strawberry.field(description="Its version.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ConsentTextPublishedView)


@refusal(
    errors.MemberBlocked,
    Sentence(zh="您的账户已停用：{reason}", en="Your account is blocked: {reason}"),
)
@strawberry.type(description="The member is blocked.")
class MemberBlocked(Refusal):
    reason: str = strawberry.field(description="Why, in the words of the staff.")


@refusal(errors.MemberUnavailable, Sentence(zh="没有这位会员。", en="There is no such member."))
@strawberry.type(description="There is no member with that id.")
class MemberUnavailable(Refusal):
    pass


@refusal(
    errors.ConsentTextUnknown,
    Sentence(
        zh="协议内容已更新，请阅读后重新同意。",
        en="The text has changed; please read it and agree again.",
    ),
)
@strawberry.type(description="The text agreed to is not the one that stands now.")
class ConsentTextUnknown(Refusal):
    purpose: ConsentPurpose = strawberry.field(description="What the text is about.")
    newest: int | None = strawberry.field(description="The version that stands; null for none.")


@refusal(
    errors.PhoneTaken,
    Sentence(
        zh="该手机号已绑定其他会员，如需合并账户请联系客服。",
        en="Another member has this number; contact us to merge the accounts.",
    ),
)
@strawberry.type(description="Another member has the number.")
class PhoneTaken(Refusal):
    pass


@refusal(errors.PhoneUnknown, Sentence(zh="该会员没有手机号。", en="The member has no phone."))
@strawberry.type(description="The member has no phone.")
class PhoneUnknown(Refusal):
    pass


@refusal(
    errors.PhoneCodeTooSoon,
    Sentence(
        zh="请在 {retry_after_seconds} 秒后重新获取验证码。",
        en="Another code may be asked for in {retry_after_seconds} s.",
    ),
)
@strawberry.type(description="A code was sent to the number a moment ago.")
class PhoneCodeTooSoon(Refusal):
    retry_after_seconds: int = strawberry.field(description="When another one may be.")


@refusal(
    errors.PhoneCodesUsedUp,
    Sentence(
        zh="该手机号今日获取验证码次数已达上限，请稍后再试。",
        en="This number has had its codes of the day; try again later.",
    ),
)
@strawberry.type(description="The number has had its codes of the day.")
class PhoneCodesUsedUp(Refusal):
    retry_after_seconds: int = strawberry.field(description="When another one may be.")


def _why(refused: errors.PhoneCodeRefused, language: Language) -> dict[str, object]:
    told = _OUTCOMES[refused.outcome].told_in(language, {})
    return {"outcome": refused.outcome, "explanation": told}


@refusal(
    errors.PhoneCodeRefused,
    Sentence(zh="验证码无效。", en="The code is not accepted."),
    _why,
)
@strawberry.type(description="The code that was typed is not accepted.")
class PhoneCodeRefused(Refusal):
    outcome: CodeOutcome = strawberry.field(description="Why, for programmes.")
    explanation: str = strawberry.field(description="Why, in the caller's language.")


@refusal(
    errors.WeChatCodeRefused,
    Sentence(zh="授权已失效，请重新点击授权。", en="The permission has expired; tap again."),
)
@strawberry.type(description="The code of the phone button is used or too old.")
class WeChatCodeRefused(Refusal):
    pass


@refusal(
    errors.PhoneUnusable,
    Sentence(
        zh="该手机号无法验证，请换一个手机号。",
        en="This number cannot be verified; please use another one.",
    ),
)
@strawberry.type(description="No message reaches the number, or it is no mobile number.")
class PhoneUnusable(Refusal):
    pass


@refusal(
    errors.PhoneServiceMissing,
    Sentence(zh="暂不支持以这种方式验证手机号。", en="Phones cannot be verified in this way here."),
)
@strawberry.type(description="The mall is not connected to what verifies phones in this way.")
class PhoneServiceMissing(Refusal):
    pass


EditProfileResult = Annotated[
    ViewerSaved | MemberBlocked | InvalidInput,
    strawberry.union("EditProfileResult", description="How editing the profile went."),
]
BindPhoneByWeChatResult = Annotated[
    ViewerSaved
    | PhoneTaken
    | WeChatCodeRefused
    | PhoneUnusable
    | ConsentTextUnknown
    | MemberBlocked
    | PhoneServiceMissing,
    strawberry.union("BindPhoneByWeChatResult", description="How binding the phone went."),
]
RequestPhoneCodeResult = Annotated[
    PhoneCodeSent
    | PhoneCodeTooSoon
    | PhoneCodesUsedUp
    | PhoneUnusable
    | PhoneServiceMissing
    | InvalidInput,
    strawberry.union("RequestPhoneCodeResult", description="How asking for a code went."),
]
BindPhoneResult = Annotated[
    ViewerSaved | PhoneTaken | PhoneCodeRefused | ConsentTextUnknown | MemberBlocked | InvalidInput,
    strawberry.union("BindPhoneResult", description="How binding the phone went."),
]
GrantConsentResult = Annotated[
    ViewerSaved | ConsentTextUnknown | MemberBlocked,
    strawberry.union("GrantConsentResult", description="How taking the yes went."),
]
WithdrawConsentResult = Annotated[
    ViewerSaved,
    strawberry.union("WithdrawConsentResult", description="How taking the yes back went."),
]
BlockMemberResult = Annotated[
    MemberSaved | MemberUnavailable | InvalidInput,
    strawberry.union("BlockMemberResult", description="How keeping the member out went."),
]
UnblockMemberResult = Annotated[
    MemberSaved | MemberUnavailable | InvalidInput,
    strawberry.union("UnblockMemberResult", description="How letting the member in went."),
]
RevealPhoneResult = Annotated[
    PhoneRevealed | PhoneUnknown | MemberUnavailable | InvalidInput,
    strawberry.union("RevealPhoneResult", description="How telling the number went."),
]
PublishConsentTextResult = Annotated[
    ConsentTextPublished | InvalidInput,
    strawberry.union("PublishConsentTextResult", description="How publishing the text went."),
]
