"""Who works for the demo brand and who joined it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

from domain.kernel.actors import Role, Staff
from sandbox.brand.numbering import Numbered, id_of, next_id, source
from sandbox.brand.pictures import PORTRAITS, portrait_key
from sandbox.brand.places import STORES

_MEMBERS_OF_A_SOURCE = 1_000
_SHARE_OF_TWO_CHARACTERS = 0.8
_JOINED_WITHIN_SECONDS = 730 * 24 * 3600
_SILENT_MONTHS = 3
"""Of fifteen, three would rather not say."""
_TWO_CHARACTERS = 0.8
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚"
)
_GIVEN = (
    "伟芳娜敏静秀丽强磊洋艳勇军杰娟涛超霞平刚桂英华玉萍红梅婷雪琳佳欣怡雨桐梓涵子轩浩然思睿宇航"
    "诗一诺若汐可晓岚清扬知夏慕白书瑶语嫣安宁乐天明远嘉懿文博晨曦沐阳星辰"
)


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member; the age is how long before the present it joined."""

    id: UUID
    name: str
    picture_key: str | None
    birthday: tuple[int, int] | None
    age: timedelta


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the staff before it has an id."""

    login: str
    name: str
    role: Role


def _colleagues() -> Iterator[Colleague]:
    yield Colleague("owner.yuguang", "沈屿", Role.OWNER)
    yield Colleague("operator.1.yuguang", "顾清扬", Role.OPERATOR)
    yield Colleague("operator.2.yuguang", "林知夏", Role.OPERATOR)
    yield Colleague("finance.yuguang", "钱静", Role.FINANCE)
    yield Colleague("engineer.yuguang", "周浩然", Role.ENGINEER)
    random = Random(0)
    for store in STORES:
        place = f"{store.code.lower()}.yuguang"
        yield Colleague(f"manager.{place}", _name(random), Role.STORE_MANAGER)
        for number in (1, 2, 3):
            yield Colleague(f"guide.{place}.{number}", _name(random), Role.GUIDE)


def demo_staff(seed: int) -> list[tuple[UUID, Colleague]]:
    """The staff, of every role: the owner first, a manager and three guides for each store."""
    return [
        (id_of(seed, Numbered.STAFF, number), each) for number, each in enumerate(_colleagues())
    ]


def founder(seed: int) -> Staff:
    """The owner, by whom the brand was set up."""
    key, owner = demo_staff(seed)[0]
    return Staff(key, owner.name, owner.role)


def demo_members(seed: int, first: int, end: int) -> Iterator[DemoMember]:
    """The members with the numbers from the first until before the end.

    A thousand neighbours share their randomness, which is dear to make: those before the first
    are made and left out.
    """
    begin = first - first % _MEMBERS_OF_A_SOURCE
    for group in range(begin, end, _MEMBERS_OF_A_SOURCE):
        random = source(seed, Numbered.MEMBER, group)
        for number in range(group, min(group + _MEMBERS_OF_A_SOURCE, end)):
            member = _member(number, random)
            if number >= first:
                yield member


def _member(number: int, random: Random) -> DemoMember:
    portrait = random.randrange(2 * PORTRAITS)
    month = random.randrange(len(_DAYS_OF_MONTHS) + _SILENT_MONTHS)
    day = random.random()
    return DemoMember(
        id=next_id(number, random),
        name=_name(random),
        picture_key=portrait_key(portrait) if portrait < PORTRAITS else None,
        birthday=(month + 1, int(day * _DAYS_OF_MONTHS[month]) + 1)
        if month < len(_DAYS_OF_MONTHS)
        else None,
        age=timedelta(seconds=int(random.random() * _JOINED_WITHIN_SECONDS)),
    )


def _name(random: Random) -> str:
    given = "".join(random.choices(_GIVEN, k=1 + (random.random() < _SHARE_OF_TWO_CHARACTERS)))
    return random.choice(_SURNAMES) + given
