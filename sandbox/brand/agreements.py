"""What the demo brand asks its members to agree to, and what the first of them said."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from domain.kernel.ids import new_id
from domain.kernel.language import Bilingual
from domain.kernel.sealing import Vault
from domain.members.actions.phones import PURPOSE, phone_key
from domain.members.phone_numbers import last_digits
from domain.members.words import Channel, ConsentAction, ConsentPurpose, VerifiedBy
from sandbox.brand.numbering import number_of
from sandbox.brand.people import DemoMember

Row = dict[str, Any]

CONSENTING = 500
"""How many members have said something: those that a person who tries the mall meets."""
_PUBLISHED_BEFORE = timedelta(days=800)
_VERSION = 1
_TELLS_PHONE, _LIKES_OFFERS = 0.7, 0.4

TEXTS: Mapping[ConsentPurpose, tuple[Bilingual, Bilingual]] = {
    ConsentPurpose.TERMS: (
        Bilingual("会员服务协议", "Terms of membership"),
        Bilingual(
            "欢迎加入屿光会员。注册后您可以在小程序与门店购买商品、积分和"
            "领取优惠。积分与优惠券的规则以页面"
            "公示为准，规则变更会提前通知，不影响您已获得的权益。您可以随时注销账户。",
            "Welcome to Yuguang. As a member you can buy in the mini-program and "
            "in our stores, collect "
            "points and use coupons. Their rules are shown where they apply; we announce changes "
            "beforehand, and what you already have is yours. You can close your "
            "account at any time.",
        ),
    ),
    ConsentPurpose.PRIVACY: (
        Bilingual("隐私政策", "Privacy policy"),
        Bilingual(
            "我们只收集提供服务所必需的信息：微信标识用于登录，订单与收货"
            "信息用于发货和售后，生日（仅月日）由"
            "您自愿填写。我们不会出售您的信息；需要向快递公司提供收货信息"
            "时，仅限于完成配送。您可以查询、更正、"
            "下载和删除自己的信息，也可以撤回同意。",
            "We collect only what the service needs: your WeChat identity to sign "
            "you in, orders and "
            "addresses to deliver and to help afterwards, and your birthday (month and day) if you "
            "like. We never sell it; carriers get the address, to deliver. You can see, correct, "
            "download and delete what we have, and take your consent back.",
        ),
    ),
    ConsentPurpose.PHONE: (
        Bilingual("手机号使用说明", "Your phone number"),
        Bilingual(
            "我们用手机号识别您的会员身份，并在订单和售后有进展时联系您。"
            "手机号加密保存，店员只能看到后四位。"
            "不提供手机号也可以正常购买；您可以随时撤回同意，我们会立即删除。",
            "We use the number to recognise you as a member and to reach you about "
            "orders. It is kept "
            "encrypted, and our staff see its last four digits. You can buy without it, and take "
            "your consent back at any time: then we delete it at once.",
        ),
    ),
    ConsentPurpose.MARKETING: (
        Bilingual("优惠信息", "Offers and news"),
        Bilingual(
            "我们会不时向您发送新品与优惠信息，每周不超过两次。您可以随时退订。",
            "We send you news and offers, at most twice a week. You can stop them at any time.",
        ),
    ),
    ConsentPurpose.PERSONALISATION: (
        Bilingual("个性化推荐", "Recommendations"),
        Bilingual(
            "我们根据您的浏览和购买为您推荐商品，不会因此对您区别定价。关"
            "闭后您将看到与其他人相同的内容。",
            "We recommend what fits what you looked at and bought; prices are the "
            "same for everybody. "
            "Without it you see what others see.",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Sealing:
    """What phones and addresses of the demo brand are sealed with; ``random`` cannot be guessed."""

    vault: Vault
    random: Random


@dataclass(slots=True)
class Said:
    """What some members said, by table."""

    entries: list[Row] = field(default_factory=list[Row])
    phones: list[Row] = field(default_factory=list[Row])


def text_rows(at: datetime) -> list[Row]:
    """The texts, published long before ``at``."""
    return [
        {
            "purpose": purpose,
            "version": _VERSION,
            "title_zh": title.zh,
            "title_en": title.en,
            "body_zh": body.zh,
            "body_en": body.en,
            "published_at": at - _PUBLISHED_BEFORE,
        }
        for purpose, (title, body) in TEXTS.items()
    ]


def said_by(members: Iterable[DemoMember], at: datetime, sealing: Sealing | None) -> Said:
    """What members said when they joined: nothing by those whose number is `CONSENTING` or above.

    Without something to seal with nobody has a phone.
    """
    said = Said()
    for member in members:
        number = number_of(member.id)
        if number >= CONSENTING:
            break
        # Of its own, so that the members are the same whatever they say.
        random, joined_at = Random(member.id.int), at - member.age
        for purpose in _purposes(random):
            if purpose is ConsentPurpose.PHONE and sealing is None:
                continue
            entry = _entry(member.id, purpose, new_id(joined_at, random), joined_at)
            said.entries.append(entry)
            if purpose is ConsentPurpose.PHONE and sealing is not None:
                said.phones.append(_phone(member.id, number, entry, sealing))
    return said


def phone_of(number: int) -> str:
    """The E.164 number of the member with that number."""
    return f"+86199{number:08}"


def _purposes(random: Random) -> Iterator[ConsentPurpose]:
    yield ConsentPurpose.TERMS
    yield ConsentPurpose.PRIVACY
    if random.random() < _TELLS_PHONE:
        yield ConsentPurpose.PHONE
    if random.random() < _LIKES_OFFERS:
        yield ConsentPurpose.MARKETING


def _entry(member_id: UUID, purpose: ConsentPurpose, entry_id: UUID, at: datetime) -> Row:
    return {
        "id": entry_id,
        "member_id": member_id,
        "purpose": purpose,
        "number": 1,
        "text_version": _VERSION,
        "action": ConsentAction.GRANTED,
        "channel": Channel.MINI_PROGRAM,
        "at": at,
    }


def _phone(member_id: UUID, number: int, entry: Row, sealing: Sealing) -> Row:
    phone = phone_of(number)
    return {
        "member_id": member_id,
        "sealed": sealing.vault.seal(
            phone.encode(), purpose=PURPOSE, owner=member_id.hex, random=sealing.random
        ),
        "phone_index": phone_key(sealing.vault, phone),
        "last_digits": last_digits(phone),
        "verified_at": entry["at"],
        "verified_by": VerifiedBy.WECHAT,
        "consent_entry_id": entry["id"],
    }
