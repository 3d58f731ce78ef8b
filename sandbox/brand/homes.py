"""Where members of the demo brand have things sent."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from domain.addresses.columns import content_columns, place_columns
from domain.addresses.regions import division, region, regions_within
from domain.addresses.rules import AddressContent
from domain.kernel.ids import new_id
from sandbox.brand.agreements import Sealing, phone_of
from sandbox.brand.numbering import number_of
from sandbox.brand.people import DemoMember

Row = dict[str, Any]

ALL_ADDRESSED = 500
"""All of the first members have an address: those that a person who tries the mall meets."""
ADDRESSED_EVERY = 10
ADDRESSED_BELOW = 200_000
"""Of the others every tenth below this: addresses are sealed one by one, 0.15 ms of a processor
each, so that a million members take four seconds more."""
_AT_WORK_TOO = 0.3
_IN_A_CITY_WITH_A_STORE = 0.6
_CITIES = ("110100", "310100", "330100", "440100", "440300", "510100")
_ROADS = [
    "人民路",
    "中山路",
    "解放路",
    "建设路",
    "和平路",
    "衡山路",
    "文化路",
    "滨江路",
    "学院路",
    "长江路",
    "花园路",
    "新华路",
    "光明街",
    "桂花巷",
    "梧桐街",
    "湖滨路",
    "青年路",
    "迎宾大道",
]
_ESTATES = [
    "翠苑",
    "金色家园",
    "阳光花园",
    "锦绣江南",
    "云锦里",
    "梧桐里",
    "观澜府",
    "静安里",
    "万科城",
    "香樟园",
]
_TOWERS = ["国际广场", "创新中心", "科技大厦", "环球中心", "时代广场"]


def address_rows(members: Iterable[DemoMember], at: datetime, sealing: Sealing) -> list[Row]:
    """The addresses of those members who have any, written when they joined before ``at``.

    The same each time, but for how they are sealed.
    """
    rows: list[Row] = []
    for member in members:
        number = number_of(member.id)
        if number >= ADDRESSED_BELOW:
            break
        if number < ALL_ADDRESSED or number % ADDRESSED_EVERY == 0:
            rows += _of_member(member, at - member.age, sealing)
    return rows


def _of_member(member: DemoMember, at: datetime, sealing: Sealing) -> Iterator[Row]:
    # Of its own, so that the members are the same wherever they live.
    random = Random(f"home {member.id.hex}")
    codes = _codes() if random.random() > _IN_A_CITY_WITH_A_STORE else _codes_of_stores()
    region_code = random.choice(codes)
    yield _row(member, region_code, _home(random), at, (random, sealing), is_default=True)
    if random.random() < _AT_WORK_TOO:
        yield _row(member, region_code, _work(random), at, (random, sealing), is_default=False)


def _row(
    member: DemoMember,
    region_code: str,
    told: tuple[str, str],
    at: datetime,
    made_with: tuple[Random, Sealing],
    *,
    is_default: bool,
) -> Row:
    found, (label, detail), (random, sealing) = division(region_code), told, made_with
    assert found is not None
    address_id = new_id(at, random)
    phone = phone_of(number_of(member.id))
    content = AddressContent(member.name, phone, detail, None, label)
    return {
        "id": address_id,
        "member_id": member.id,
        "is_default": is_default,
        "revision": 1,
        "created_at": at,
        "updated_at": at,
        **content_columns(sealing.vault, address_id, content, sealing.random),
        **place_columns(found),
    }


def _home(random: Random) -> tuple[str, str]:
    road, estate = random.choice(_ROADS), random.choice(_ESTATES)
    door = f"{random.randrange(1, 30)} 栋 {random.randrange(1, 19)}0{random.randrange(1, 5)} 室"
    return "家", f"{road} {random.randrange(1, 900)} 号{estate} {door}"


def _work(random: Random) -> tuple[str, str]:
    road, tower = random.choice(_ROADS), random.choice(_TOWERS)
    return "公司", f"{road} {random.randrange(1, 900)} 号{tower} {random.randrange(3, 40)} 层"


@cache
def _codes(parent_code: str | None = None) -> Sequence[str]:
    """The codes that an address can have, below a division."""
    return [
        code
        for each in regions_within(parent_code)
        for code in (_codes(each.code) if each.is_divided else [each.code])
    ]


@cache
def _codes_of_stores() -> Sequence[str]:
    """Those in the cities where the brand is known best."""
    assert all(region(city) for city in _CITIES)
    return [code for city in _CITIES for code in _codes(city)]
