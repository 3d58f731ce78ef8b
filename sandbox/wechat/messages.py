"""Subscribe messages: ``/cgi-bin/message/subscribe/send``."""

import re

import msgspec

from sandbox.wechat.inbox import SubscribeMessage
from sandbox.wechat.pages import is_path, is_released
from sandbox.wechat.refusals import Refusal
from sandbox.wechat.sent import Sent
from sandbox.wechat.tokens import check_token
from sandbox.wechat.world import World

_STATES = {"developer", "trial", "formal"}
_LANGUAGES = {"zh_CN", "en_US", "zh_HK", "zh_TW"}
_CHINESE = "[\u3400-\u9fff]"
_DAY = "[0-9]{4}(?:年[01]?[0-9]月[0-3]?[0-9]日|-[01][0-9]-[0-3][0-9])"
_HOUR = "[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?"
_TIME = f"(?:{_DAY} )?{_HOUR}"
_DATE = f"{_DAY}(?: {_HOUR})?"
_VALUES = {
    "thing": r"[^\n]{1,20}",
    "number": r"(?=.{1,32}$)[0-9]+(?:\.[0-9]+)?",
    "letter": "[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": "[ -~]{1,32}",
    "time": f"{_TIME}(?:~{_TIME})?",
    "date": f"{_DATE}(?:~{_DATE})?",
    "amount": r"[¥￥$€£]?(?=[0-9.]{1,10}元?$)[0-9]+(?:\.[0-9]+)?元?",
    "phone_number": "[0-9+*() -]{1,17}",
    "car_number": f"(?:{_CHINESE}|[A-Z0-9])[A-Z0-9]{{1,6}}(?:{_CHINESE}|[A-Z0-9])",
    "name": f"(?:{_CHINESE}|[A-Za-z·]){{1,10}}|[A-Za-z .'-]{{1,20}}",
    "phrase": f"{_CHINESE}{{1,5}}",
}
"""What the values of each type look like, as the vendor's table says."""
_KEY = re.compile("([a-z_]+)[0-9]+")


class _Value(msgspec.Struct):
    value: str = ""


class _Request(msgspec.Struct):
    touser: str = ""
    template_id: str = ""
    page: str = ""
    data: dict[str, _Value] = {}
    miniprogram_state: str = "formal"
    lang: str = "zh_CN"


def send_message(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /cgi-bin/message/subscribe/send``; each message spends one acceptance."""
    check_token(world, sent)
    request = sent.json(_Request)
    person = world.people.with_openid(request.touser)
    if not person:
        raise Refusal(40003, "invalid openid")
    if not world.permits.has_template(request.template_id):
        raise Refusal(40037, "invalid template_id")
    _check_page(request)
    _check_values(request, world.permits.keys(request.template_id))
    if not world.permits.spend(person.openid, request.template_id):
        raise Refusal(43101, "user refuse to accept the msg")
    values = {key: each.value for key, each in request.data.items()}
    world.inbox.subscribe.append(
        SubscribeMessage(
            world.clock(), person.name, request.template_id, request.page or None, values
        )
    )
    return {"errcode": 0, "errmsg": "ok"}


def _check_page(request: _Request) -> None:
    if request.miniprogram_state not in _STATES or request.lang not in _LANGUAGES:
        raise Refusal(40097, "invalid args")
    # Unlike the page of a code, this one may carry a query.
    path, _, _ = request.page.partition("?")
    if request.page and not (is_path(path) and is_released(path)):
        raise Refusal(41030, "invalid page")


def _check_values(request: _Request, keys: frozenset[str] | None) -> None:
    """Refuse values that the template has no place for, or that break their types."""
    for key in keys or ():
        if key not in request.data:
            raise Refusal(47003, f"argument invalid! data.{key}.value is empty")
    for key, each in request.data.items():
        named = _KEY.fullmatch(key)
        pattern = _VALUES.get(named[1]) if named else None
        is_foreign = keys is not None and key not in keys
        if not pattern or is_foreign or not re.fullmatch(pattern, each.value):
            raise Refusal(47003, f"argument invalid! data.{key}.value invalid")
