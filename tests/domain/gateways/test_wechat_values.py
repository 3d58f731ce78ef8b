"""The values of subscribe messages: words are cut, everything else fits or is refused."""

from random import Random

import pytest

from domain.gateways.wechat.errors import BadValue
from domain.gateways.wechat.values import fitted


@pytest.mark.parametrize(
    ("field", "value", "sent"),
    [
        ("thing1", "茶", "茶"),
        ("thing1", "茶" * 20, "茶" * 20),
        ("thing1", "茶" * 21, "茶" * 19 + "…"),
        ("thing1", "  two\n lines\t", "two lines"),
        ("thing12", "🍵" * 10, "🍵" * 10),
        ("thing12", "🍵" * 11, "🍵" * 9 + "…"),
        ("name3", "林" * 11, "林" * 10),
        ("name3", "Maximiliana Alexandrina", "Maximiliana Alexandr"),
        ("phrase4", "已发货", "已发货"),
        ("phrase4", "正在为您备货", "正在为您备"),
        ("number5", "0123456789" * 3 + "12", "0123456789" * 3 + "12"),
        ("number5", "1.5", "1.5"),
        ("letter6", "ABC", "ABC"),
        ("symbol7", "!?", "!?"),
        ("character_string8", "SF-1234567890", "SF-1234567890"),
        ("amount9", "¥168.00", "¥168.00"),
        ("amount9", "168元", "168元"),
        ("phone_number10", "+86-0766-66888866", "+86-0766-66888866"),
        ("time11", "2026年11月11日 20:00", "2026年11月11日 20:00"),
        ("date12", "2026-11-11", "2026-11-11"),
    ],
)
def test_a_value_is_made_to_fit(field: str, value: str, sent: str):
    assert fitted(field, value) == sent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("thing1", ""),
        ("thing1", " \n"),
        ("phrase4", "OK"),
        ("number5", "1" * 33),
        ("number5", "-1"),
        ("number5", "１"),
        ("letter6", "A1"),
        ("letter6", "A" * 33),
        ("symbol7", "a"),
        ("symbol7", "!" * 6),
        ("character_string8", "顺丰123"),
        ("character_string8", "x" * 33),
        ("amount9", "a lot"),
        ("amount9", "¥12345678901"),
        ("phone_number10", "1" * 18),
        ("phone_number10", "call me"),
        ("time11", ""),
    ],
)
def test_a_value_that_would_say_something_else_is_refused(field: str, value: str):
    with pytest.raises(BadValue) as caught:
        fitted(field, value)
    assert caught.value.field == field


def test_any_words_fit_a_thing_and_begin_as_they_were_written(random: Random):
    for _ in range(300):
        words = "".join(random.choices("a 茶🍵\n\u3000é", k=random.randint(1, 60))) + "x"
        sent = fitted("thing1", words)
        assert len(sent.encode("utf-16-le")) <= 40
        assert " ".join(words.split()).startswith(sent.removesuffix("…"))
