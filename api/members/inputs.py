"""What members send about themselves, and staff about members."""

from typing import Any
from uuid import UUID

import strawberry

from api.bilingual import BilingualInput
from api.ids import key
from api.uploads.types import UPLOAD
from domain.kernel.language import Language
from domain.members.actions.profiles import Birthday
from domain.members.views.structs import MEMBER
from domain.members.words import Channel, ConsentPurpose

_REQUEST_ID = "An id of the client's own for this request: sent again, it gets the first answer."
_REASON = "Why, in words for colleagues: it stands in the audit trail. At most 500 characters."
_MEMBER = "The member."
_VERSION = "The version of the text that the member agreed to; it must be the one that stands now."
_CHANNEL = "Where the member says it."


@strawberry.input(description="A day of the year.")
class BirthdayInput:
    month: int = strawberry.field(description="From 1 to 12.")
    day: int = strawberry.field(description="From 1 to 31.")


@strawberry.input(description="Changes to one's own profile; what is left out stays as it is.")
class EditProfileInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    name: strawberry.Maybe[str] = strawberry.field(description="From 1 to 20 characters.")
    picture_upload_id: strawberry.Maybe[strawberry.ID | None] = strawberry.field(
        description="A completed upload of one's own, of the purpose MEMBER_PICTURE; null takes "
        "the picture away."
    )
    birthday: strawberry.Maybe[BirthdayInput | None] = strawberry.field(
        description="The birthday; null forgets it."
    )
    language: strawberry.Maybe[Language | None] = strawberry.field(
        description="The language to be written to in; null for none in particular."
    )
    is_personalised: strawberry.Maybe[bool] = strawberry.field(
        description="Whether what is shown may follow one's behaviour."
    )

    @property
    def picture_upload_key(self) -> UUID | None:
        """The upload of a new picture, if there is one; a BAD_INPUT fault for what is no id."""
        given = self.picture_upload_id
        if not given or given.value is None:
            return None
        return key(given.value, UPLOAD, argument="pictureUploadId")

    def changes(self) -> dict[str, Any]:
        """The domain's fields that change, but for a new picture, which has to be found."""
        changes: dict[str, Any] = {}
        if self.name:
            changes["name"] = self.name.value
        if self.picture_upload_id and self.picture_upload_id.value is None:
            changes["picture_key"] = None
        if self.birthday:
            birthday = self.birthday.value
            changes["birthday"] = Birthday(birthday.month, birthday.day) if birthday else None
        if self.language:
            changes["language"] = self.language.value
        if self.is_personalised:
            changes["is_personalised"] = self.is_personalised.value
        return changes


@strawberry.input(description="A phone that WeChat vouches for.")
class BindPhoneByWeChatInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer, and the code is not spent again."
    )
    code: str = strawberry.field(description="What the button getPhoneNumber gave.")
    consent_version: int = strawberry.field(description=_VERSION)
    channel: Channel = strawberry.field(default=Channel.MINI_PROGRAM, description=_CHANNEL)


@strawberry.input(description="A phone to send a code to.")
class RequestPhoneCodeInput:
    phone: str = strawberry.field(
        description="A mobile number; without its country one of mainland China."
    )


@strawberry.input(description="A phone and the code that was sent to it.")
class BindPhoneInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    phone: str = strawberry.field(description="The number that the code was sent to.")
    code: str = strawberry.field(description="The six digits.")
    consent_version: int = strawberry.field(description=_VERSION)
    channel: Channel = strawberry.field(description=_CHANNEL)


@strawberry.input(description="A yes to a text.")
class GrantConsentInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    purpose: ConsentPurpose = strawberry.field(description="What the text is about.")
    version: int = strawberry.field(description=_VERSION)
    channel: Channel = strawberry.field(description=_CHANNEL)


@strawberry.input(description="A yes taken back.")
class WithdrawConsentInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    purpose: ConsentPurpose = strawberry.field(description="What the yes was about.")
    channel: Channel = strawberry.field(description=_CHANNEL)


@strawberry.input(description="Which members to list; what is left out does not matter.")
class MemberFilterInput:
    phone: str | None = strawberry.field(
        default=None, description="The one with exactly this mobile number."
    )
    name: str | None = strawberry.field(default=None, description="Those with exactly this name.")


@strawberry.input(description="A member to keep out.")
class BlockMemberInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    member_id: strawberry.ID = strawberry.field(description=_MEMBER)
    block_reason: str = strawberry.field(
        description="What the member is told, at most 200 characters."
    )

    @property
    def member_key(self) -> UUID:
        """The member's key; a BAD_INPUT fault for an id that is none."""
        return key(self.member_id, MEMBER, argument="memberId")


@strawberry.input(description="A member to let in again.")
class UnblockMemberInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    member_id: strawberry.ID = strawberry.field(description=_MEMBER)

    @property
    def member_key(self) -> UUID:
        """The member's key; a BAD_INPUT fault for an id that is none."""
        return key(self.member_id, MEMBER, argument="memberId")


@strawberry.input(description="A member whose whole number is needed.")
class RevealPhoneInput:
    reason: str = strawberry.field(description=_REASON)
    member_id: strawberry.ID = strawberry.field(description=_MEMBER)

    @property
    def member_key(self) -> UUID:
        """The member's key; a BAD_INPUT fault for an id that is none."""
        return key(self.member_id, MEMBER, argument="memberId")


@strawberry.input(description="A text that members are asked to agree to from now on.")
class PublishConsentTextInput:
    request_id: UUID = strawberry.field(description=_REQUEST_ID)
    reason: str = strawberry.field(description=_REASON)
    purpose: ConsentPurpose = strawberry.field(description="What it is about.")
    title: BilingualInput = strawberry.field(description="Its title, at most 120 characters.")
    body: BilingualInput = strawberry.field(description="The text, at most 20,000 characters.")
