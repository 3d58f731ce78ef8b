"""The rules for the values of a subscribe message, by the kind that begins a field's name.

Words are cut to fit: a reader misses their end. A number, a date or a code that is cut is another
one, so those are refused.
"""

import re

from domain.gateways.wechat.errors import BadValue

_FIELD = re.compile(r"([a-z_]+)[0-9]*")
_MOST_THING = 20
_CUT = "…"
_MOST_NAME, _MOST_LATIN_NAME = 10, 20
_PHRASE = re.compile(r"[\u3400-\u9fff]+")
_MOST_PHRASE = 5
_SHAPES = {
    "number": re.compile(r"(?=.{1,32}\Z)[0-9]+(\.[0-9]+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[!-/:-@\[-`{-~]{1,5}"),
    "character_string": re.compile(r"[ -~]{1,32}"),
    "amount": re.compile(r"[¥￥$€£]?(?=[0-9.]{1,10}元?\Z)[0-9]+(\.[0-9]+)?元?"),
    "phone_number": re.compile(r"[0-9+*() -]{1,17}"),
}


def fitted(field: str, value: str) -> str:
    """The value as its field takes it; raises `BadValue` for one that cannot be made to fit.

    A thing is counted in UTF-16 units, of which an emoji has two: WeChat's own count is not told.
    """
    kind = found[1] if (found := _FIELD.fullmatch(field)) else ""
    value = " ".join(value.split())
    if not value:
        raise BadValue(field)
    if kind == "thing":
        return _cut(value, _MOST_THING)
    if kind == "name":
        # The mark of a cut is no letter, which is all that a name may have.
        return value[: _MOST_LATIN_NAME if value.isascii() else _MOST_NAME].strip()
    if kind == "phrase":
        value = value[:_MOST_PHRASE]
        if not _PHRASE.fullmatch(value):
            raise BadValue(field)
        return value
    if (shape := _SHAPES.get(kind)) and not shape.fullmatch(value):
        raise BadValue(field)
    return value


def _cut(value: str, most: int) -> str:
    if _length(value) <= most:
        return value
    while _length(value) > most - len(_CUT):
        value = value[:-1]
    return value + _CUT


def _length(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2
