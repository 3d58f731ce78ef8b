"""What changes of accounts answer with: successes, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.refusals import InvalidInput, Refusal, refusal
from api.staff.types import StaffAccount
from domain.kernel.language import Sentence
from domain.staff import errors
from domain.staff.account_views import AccountView


class StaffSavedView(msgspec.Struct, frozen=True):
    """The struct behind `StaffSaved`."""

    account: AccountView


class TemporaryPasswordToldView(msgspec.Struct, frozen=True):
    """The struct behind `TemporaryPasswordTold`."""

    account: AccountView
    temporary_password: str | None


class AuthenticatorBegunView(msgspec.Struct, frozen=True):
    """The struct behind `AuthenticatorBegun`."""

    secret: str | None
    address: str | None


class RecoveryCodesToldView(msgspec.Struct, frozen=True):
    """The struct behind `RecoveryCodesTold`."""

    account: AccountView
    codes: list[str] | None


@strawberry.type(description="The account was written.")
class StaffSaved:
    account: StaffAccount = strawberry.field(description="The account as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, StaffSavedView)


@strawberry.type(
    description="The account was written, with a password that is changed at the first sign-in."
)
class TemporaryPasswordTold:
    account: StaffAccount = strawberry.field(description="The account as it is now.")
    temporary_password: str | None = strawberry.field(
        description="The password, told once: null where the request is sent again. The mall "
        "keeps no copy; whoever did not hear it resets it."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, TemporaryPasswordToldView)


@strawberry.type(description="An authenticator is ready to be set up, and counts once confirmed.")
class AuthenticatorBegun:
    secret: str | None = strawberry.field(
        description="The secret to be typed into the app, told once: null where the request is "
        "sent again; begin anew then."
    )
    address: str | None = strawberry.field(
        description="The same as an `otpauth://` address, to be shown as a QR code; told once."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, AuthenticatorBegunView)


@strawberry.type(description="There are new recovery codes; those before are good for nothing.")
class RecoveryCodesTold:
    account: StaffAccount = strawberry.field(description="The account as it is now.")
    codes: list[str] | None = strawberry.field(
        description="Ten codes, each good once in the place of the authenticator. Told once: null "
        "where the request is sent again; whoever did not hear them takes new ones."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, RecoveryCodesToldView)


@refusal(
    errors.StaffUnavailable,
    Sentence(zh="没有这位员工。", en="There is no such member of the staff."),
)
@strawberry.type(description="There is no member of the staff with that id.")
class StaffUnavailable(Refusal):
    pass


@refusal(
    errors.StaffChanged,
    Sentence(
        zh="该账户已被其他人修改，请刷新后重试。",
        en="Somebody else has changed the account; please read it again.",
    ),
)
@strawberry.type(description="The account was changed since it was read.")
class StaffChanged(Refusal):
    revision: int = strawberry.field(description="Its revision now.")


@refusal(
    errors.OwnAccount,
    Sentence(
        zh="不能对自己的账户执行此操作，请由其他店主操作。",
        en="This cannot be done to one's own account; another owner does it.",
    ),
)
@strawberry.type(description="Nobody does this to their own account.")
class OwnAccount(Refusal):
    pass


@refusal(
    errors.LastOwner,
    Sentence(
        zh="必须至少保留一位可以登录的店主。", en="At least one owner who can sign in must remain."
    ),
)
@strawberry.type(description="No owner would be left who can sign in.")
class LastOwner(Refusal):
    pass


@refusal(
    errors.PasswordWrong, Sentence(zh="当前密码不正确。", en="The current password is not right.")
)
@strawberry.type(description="The current password is another one; wrong ones count.")
class PasswordWrong(Refusal):
    pass


@refusal(
    errors.PasswordLocked,
    Sentence(
        zh="密码错误次数过多，请在 {retry_after_seconds} 秒后重试。",
        en="Too many wrong passwords; try again in {retry_after_seconds} s.",
    ),
)
@strawberry.type(description="Too many wrong passwords were given, here or at the sign-in.")
class PasswordLocked(Refusal):
    retry_after_seconds: int = strawberry.field(description="When another one is taken.")


@refusal(
    errors.AuthenticatorOn,
    Sentence(zh="已启用身份验证器，请先停用。", en="There is an authenticator; turn it off first."),
)
@strawberry.type(description="There is an authenticator already.")
class AuthenticatorOn(Refusal):
    pass


@refusal(
    errors.AuthenticatorMissing,
    Sentence(zh="尚未设置身份验证器。", en="There is no authenticator."),
)
@strawberry.type(description="There is no authenticator: none was set up, or none begun.")
class AuthenticatorMissing(Refusal):
    pass


@refusal(
    errors.AuthenticatorCodeWrong,
    Sentence(
        zh="验证码不正确，请确认手机时间准确后重试。",
        en="The code is not right; is the phone's clock?",
    ),
)
@strawberry.type(
    description="The authenticator shows another code now; wrong ones count as passwords do."
)
class AuthenticatorCodeWrong(Refusal):
    pass


CreateStaffResult = Annotated[
    TemporaryPasswordTold | InvalidInput,
    strawberry.union("CreateStaffResult", description="How making the account went."),
]
EditStaffResult = Annotated[
    StaffSaved | StaffUnavailable | StaffChanged | OwnAccount | LastOwner | InvalidInput,
    strawberry.union("EditStaffResult", description="How editing the account went."),
]
BlockStaffResult = Annotated[
    StaffSaved | StaffUnavailable | OwnAccount | LastOwner | InvalidInput,
    strawberry.union("BlockStaffResult", description="How keeping somebody out went."),
]
UnblockStaffResult = Annotated[
    StaffSaved | StaffUnavailable | OwnAccount | InvalidInput,
    strawberry.union("UnblockStaffResult", description="How letting somebody in went."),
]
ResetStaffPasswordResult = Annotated[
    TemporaryPasswordTold | StaffUnavailable | OwnAccount | InvalidInput,
    strawberry.union("ResetStaffPasswordResult", description="How resetting the password went."),
]
ResetStaffAuthenticatorResult = Annotated[
    StaffSaved | StaffUnavailable | OwnAccount | InvalidInput,
    strawberry.union(
        "ResetStaffAuthenticatorResult", description="How forgetting the authenticator went."
    ),
]
ChangePasswordResult = Annotated[
    StaffSaved | PasswordWrong | PasswordLocked | InvalidInput,
    strawberry.union("ChangePasswordResult", description="How changing the password went."),
]
SetPinResult = Annotated[
    StaffSaved | PasswordWrong | PasswordLocked | InvalidInput,
    strawberry.union("SetPinResult", description="How choosing the PIN went."),
]
BeginAuthenticatorResult = Annotated[
    AuthenticatorBegun | AuthenticatorOn | PasswordWrong | PasswordLocked,
    strawberry.union("BeginAuthenticatorResult", description="How beginning went."),
]
ConfirmAuthenticatorResult = Annotated[
    RecoveryCodesTold
    | AuthenticatorOn
    | AuthenticatorMissing
    | AuthenticatorCodeWrong
    | PasswordLocked,
    strawberry.union("ConfirmAuthenticatorResult", description="How turning it on went."),
]
RenewRecoveryCodesResult = Annotated[
    RecoveryCodesTold | AuthenticatorMissing | PasswordWrong | PasswordLocked,
    strawberry.union("RenewRecoveryCodesResult", description="How taking new codes went."),
]
RemoveAuthenticatorResult = Annotated[
    StaffSaved | AuthenticatorMissing | PasswordWrong | PasswordLocked,
    strawberry.union("RemoveAuthenticatorResult", description="How turning it off went."),
]
