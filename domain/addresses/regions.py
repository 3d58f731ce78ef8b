"""The administrative divisions of mainland China: provinces, cities, districts and counties.

They are read from ``regions.txt`` once, which says where they come from and of when they are. Codes
are those of GB/T 2260: the first two digits are the province's, the first four the city's. Four
cities have no districts. A *nominal* city is none: it holds the districts of a municipality, or
what a province governs itself, and people leave it out when they write an address.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from domain.kernel.language import Bilingual

_FILE = Path(__file__).with_name("regions.txt")
_NOMINAL = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_PROVINCES_IN_ENGLISH: Mapping[str, str] = {
    "110000": "Beijing",
    "120000": "Tianjin",
    "130000": "Hebei",
    "140000": "Shanxi",
    "150000": "Inner Mongolia",
    "210000": "Liaoning",
    "220000": "Jilin",
    "230000": "Heilongjiang",
    "310000": "Shanghai",
    "320000": "Jiangsu",
    "330000": "Zhejiang",
    "340000": "Anhui",
    "350000": "Fujian",
    "360000": "Jiangxi",
    "370000": "Shandong",
    "410000": "Henan",
    "420000": "Hubei",
    "430000": "Hunan",
    "440000": "Guangdong",
    "450000": "Guangxi",
    "460000": "Hainan",
    "500000": "Chongqing",
    "510000": "Sichuan",
    "520000": "Guizhou",
    "530000": "Yunnan",
    "540000": "Xizang (Tibet)",
    "610000": "Shaanxi",
    "620000": "Gansu",
    "630000": "Qinghai",
    "640000": "Ningxia",
    "650000": "Xinjiang",
}


class RegionLevel(StrEnum):
    """How large a division is."""

    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Region:
    """A division; its English name is the Chinese one wherever it is no province.

    ``is_nominal`` says that people leave it out; ``is_divided`` that it has divisions below it.
    """

    code: str
    level: RegionLevel
    title: Bilingual
    is_nominal: bool
    is_divided: bool


@dataclass(frozen=True, slots=True)
class Division:
    """The smallest division that an address lies in, with those around it.

    ``district`` is None in a city that has none.
    """

    province: Region
    city: Region
    district: Region | None


def region(code: str) -> Region | None:
    """The division with that code; None where there is none now."""
    return _regions().get(code)


def regions_within(code: str | None) -> Sequence[Region]:
    """The divisions right below one, by code; the provinces below None, nothing below no code."""
    return _children().get(code, ())


def division(code: str) -> Division | None:
    """What an address lies in by the code of its district, or of its city without districts.

    None for any other code: what lies somewhere in a province lies nowhere in particular.
    """
    found = _regions().get(code)
    if found is None or found.is_divided:
        return None
    province, city = _regions()[province_code(code)], _regions()[city_code(code)]
    return Division(province, city, found if found.level is RegionLevel.DISTRICT else None)


def is_nominal(city_name: str) -> bool:
    """Whether the name is that of a nominal city, now or long ago."""
    return city_name in _NOMINAL


def province_code(code: str) -> str:
    """The code of the province that a division lies in."""
    return f"{code[:2]}0000"


def city_code(code: str) -> str:
    """The code of the city that a city or a district lies in."""
    return f"{code[:4]}00"


def _level(code: str) -> RegionLevel:
    if code == province_code(code):
        return RegionLevel.PROVINCE
    return RegionLevel.CITY if code == city_code(code) else RegionLevel.DISTRICT


def _parent(code: str) -> str | None:
    level = _level(code)
    if level is RegionLevel.PROVINCE:
        return None
    return province_code(code) if level is RegionLevel.CITY else city_code(code)


@cache
def _regions() -> Mapping[str, Region]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    names = dict(line.split(" ", 1) for line in lines if not line.startswith("#"))
    divided = {_parent(code) for code in names}
    return MappingProxyType(
        {
            code: Region(
                code,
                _level(code),
                Bilingual(name, _PROVINCES_IN_ENGLISH.get(code, name)),
                is_nominal=is_nominal(name),
                is_divided=code in divided,
            )
            for code, name in names.items()
        }
    )


@cache
def _children() -> Mapping[str | None, tuple[Region, ...]]:
    children: dict[str | None, list[Region]] = defaultdict(list)
    for each in _regions().values():
        children[_parent(each.code)].append(each)
    return MappingProxyType({code: tuple(below) for code, below in children.items()})
