"""Who somebody is: ``/sns/jscode2session`` and ``/wxa/business/getuserphonenumber``."""

from datetime import datetime

import msgspec

from sandbox.wechat.codes import Purpose
from sandbox.wechat.people import CHINA, PhoneNumber
from sandbox.wechat.refusals import Refusal
from sandbox.wechat.sent import Sent
from sandbox.wechat.tokens import check_app, check_token
from sandbox.wechat.world import World


def code_to_session(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``GET /sns/jscode2session``; a success carries no ``errcode``."""
    query = sent.query
    check_app(world, query.get("appid", ""), query.get("secret", ""))
    if query.get("grant_type") != "authorization_code":
        raise Refusal(40002, "invalid grant_type")
    if not (value := query.get("js_code")):
        raise Refusal(41008, "missing code")
    now = world.clock()
    code = world.codes.find(value, Purpose.LOGIN, world.app.app_id, now=now)
    world.logins.count(code.person.openid, now)
    if code.person.is_high_risk:
        raise Refusal(40226, "code blocked")
    code.is_used = True
    answer: dict[str, object] = {"session_key": code.session_key, "openid": code.person.openid}
    if world.is_bound and code.person.unionid:
        answer["unionid"] = code.person.unionid
    return answer


class _PhoneRequest(msgspec.Struct):
    code: str = ""


def phone_number(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /wxa/business/getuserphonenumber``.

    Unlike a login code, a phone code that was used is told as invalid.
    """
    check_token(world, sent)
    value = sent.json(_PhoneRequest).code
    now = world.clock()
    try:
        code = world.codes.find(value, Purpose.PHONE, world.app.app_id, now=now)
    except Refusal:
        raise Refusal(40029, "invalid code") from None
    phone = code.person.phone
    assert phone, "a phone code is issued only to who has a number"
    code.is_used = True
    return {"errcode": 0, "errmsg": "ok", "phone_info": _told(world, phone, code.issued_at)}


def _told(world: World, phone: PhoneNumber, tapped_at: datetime) -> dict[str, object]:
    """Tell a number; the country is now a string and now a number, as the vendor's examples."""
    world.phones_told += 1
    code: str | int = phone.country_code
    return {
        "phoneNumber": phone.pure if code == CHINA else phone.e164,
        "purePhoneNumber": phone.pure,
        "countryCode": code if world.phones_told % 2 else int(code),
        "watermark": {"timestamp": int(tapped_at.timestamp()), "appid": world.app.app_id},
    }
