"""Whether a text may be shown: ``/wxa/msg_sec_check``."""

import re
from datetime import timedelta

import msgspec

from sandbox.wechat.refusals import Refusal
from sandbox.wechat.sent import Sent
from sandbox.wechat.tokens import check_token
from sandbox.wechat.world import World

VERSION = 2
SCENES = range(1, 5)
MOST_CHARACTERS = 2500
RECENT = timedelta(hours=2)
_PASS, _ADVERTISEMENT, _ABUSE = 100, 10001, 20002
_JUDGED = re.compile(r"(?<![A-Za-z])(risky|review)", re.IGNORECASE)


class _Request(msgspec.Struct):
    version: int = 0
    scene: int = 0
    openid: str = ""
    content: str = ""
    title: str = ""
    nickname: str = ""
    signature: str = ""


def check_text(world: World, sent: Sent) -> dict[str, object]:
    """Answer ``POST /wxa/msg_sec_check``: words that begin with ``risky`` or ``review`` are so.

    In the title, the nickname and the signature as in the content. Everything else passes.
    """
    check_token(world, sent)
    request = sent.json(_Request)
    if request.version != VERSION or request.scene not in SCENES or not request.content:
        raise Refusal(40097, "invalid args")
    if len(request.content) > MOST_CHARACTERS:
        raise Refusal(45002, "content size out of limit")
    _check_recent(world, request.openid)
    suggest = _judge(request)
    label = {"pass": _PASS, "review": _ADVERTISEMENT, "risky": _ABUSE}[suggest]
    verdict = {"suggest": suggest, "label": label}
    return {
        "errcode": 0,
        "errmsg": "ok",
        "result": verdict,
        "detail": [{"strategy": "content_model", "errcode": 0, "prob": 90, **verdict}],
        "trace_id": f"{world.random.getrandbits(96):024x}",
    }


def _check_recent(world: World, openid: str) -> None:
    """Refuse a text of somebody who has not opened the mini-program lately."""
    person = world.people.with_openid(openid)
    if not person:
        raise Refusal(40003, "invalid openid")
    if not person.seen_at or world.clock() - person.seen_at > RECENT:
        raise Refusal(61010, "code is expired")


def _judge(request: _Request) -> str:
    texts = (request.content, request.title, request.nickname, request.signature)
    found = {word.lower() for text in texts for word in _JUDGED.findall(text)}
    return "risky" if "risky" in found else "review" if "review" in found else "pass"
