"""What the mall asks of Kuaidi100: ``POST /poll/query.do``, a form with a digest."""

import hashlib
import hmac
import re
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from sandbox.wechat.carrier.journeys import Journey, Step
from sandbox.wechat.sent import Sent
from sandbox.wechat.world import World

QUERY = "/poll/query.do"
COMPANIES = frozenset(
    {
        "shunfeng", "jd", "ems", "youzhengguonei", "zhongtong", "yuantong", "shentong", "yunda",
        "jtexpress", "debangkuaidi",
    }
)  # fmt: skip
"""Kuaidi100 knows some two thousand more."""
_NEEDS_A_PHONE = "shunfeng"
_PHONE = re.compile(r"\+?[0-9-]{4,20}")
_ZONE = ZoneInfo("Asia/Shanghai")
_MOMENT = "%Y-%m-%d %H:%M:%S"


class _Question(msgspec.Struct):
    com: Annotated[str, Meta(min_length=1)]
    num: Annotated[str, Meta(min_length=6, max_length=32)]
    phone: str = ""
    resultv2: str | int = "0"


def query_parcel(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /poll/query.do``; what is refused is HTTP 200 too."""
    form = {name: values[0] for name, values in parse_qs(sent.body.decode("latin-1")).items()}
    param, customer = form.get("param", ""), form.get("customer", "")
    account = world.tracking
    if account is None or customer != account.customer:
        return _refused("600", "您不是合法的订阅者（即授权Key出错）")
    signed = f"{param}{account.key}{customer}".encode()
    digest = hashlib.md5(signed, usedforsecurity=False).hexdigest().upper()
    if not hmac.compare_digest(digest, form.get("sign", "")):
        return _refused("503", "验证签名失败")
    try:
        asked = msgspec.json.decode(param, type=_Question)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _refused("400", "提交的数据不完整，或者贵公司没授权")
    if asked.com not in COMPANIES:
        return _refused("400", "找不到对应公司")
    if asked.com == _NEEDS_A_PHONE and not _PHONE.fullmatch(asked.phone):
        return _refused("408", "快递公司参数异常：验证码错误")
    return _answer(world, asked)


def _answer(world: World, asked: _Question) -> dict[str, object]:
    now = world.clock()
    journey = world.journeys.of(asked.com, asked.num, now)
    journey.asked += 1
    steps = list(journey.so_far(now, world.journeys.faster))
    if not steps:
        return _refused("500", "查询无结果，请隔段时间再查")
    has_areas = str(asked.resultv2) != "0"
    return {
        "message": "ok",
        "nu": journey.number,
        "ischeck": "1" if steps[0][1].state == "3" else "0",
        "com": journey.company,
        "status": "200",
        "state": steps[0][1].state,
        "condition": "F00",
        "data": [_event(at, step, has_areas=has_areas) for at, step in steps],
    }


def _event(at: datetime, step: Step, *, has_areas: bool) -> dict[str, object]:
    moment = at.astimezone(_ZONE).strftime(_MOMENT)
    event: dict[str, object] = {"time": moment, "ftime": moment, "context": step.text}
    if has_areas:
        event |= {"areaName": step.area, "status": ""}
    return event


def _refused(code: str, message: str) -> dict[str, object]:
    return {"result": False, "returnCode": code, "message": message}


def told(journey: Journey) -> dict[str, object]:
    """A parcel as the control API tells it."""
    return {
        "company": journey.company,
        "number": journey.number,
        "begun_at": journey.begun_at,
        "end": journey.end,
        "asked": journey.asked,
    }
