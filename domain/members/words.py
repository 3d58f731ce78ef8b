"""The closed lists of words that are kept of members; each is as lasting as the rows with it."""

from enum import StrEnum


class Provider(StrEnum):
    """Who vouches for an identity."""

    WECHAT_MINI_PROGRAM = "wechat_mini_program"


class VerifiedBy(StrEnum):
    """How somebody has shown that a phone number is theirs."""

    WECHAT = "wechat"
    SMS = "sms"


class ConsentPurpose(StrEnum):
    """What a member is asked to agree to, each apart from the others."""

    TERMS = "terms"
    PRIVACY = "privacy"
    PHONE = "phone"
    MARKETING = "marketing"
    PERSONALISATION = "personalisation"


class ConsentAction(StrEnum):
    """What a member said."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """Where a member said it."""

    MINI_PROGRAM = "mini_program"
    APP = "app"
    PAD = "pad"
    WEB = "web"


class CodePurpose(StrEnum):
    """What a code in a text message is good for."""

    SIGN_IN = "sign_in"
    BIND_PHONE = "bind_phone"


class CodeOutcome(StrEnum):
    """What became of a code that somebody typed."""

    ACCEPTED = "accepted"
    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"


class MergeCause(StrEnum):
    """What two members have in common that only one person can have."""

    UNIONID = "unionid"
    PHONE = "phone"
