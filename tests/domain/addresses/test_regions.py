"""The divisions of the country: the file is whole, and codes lead up and down."""

import re
from collections import Counter
from pathlib import Path

import pytest

from domain.addresses import regions
from domain.addresses.regions import Region, RegionLevel, division, region, regions_within

LINES = [
    line
    for line in Path(regions.__file__).with_name("regions.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
LARGEST_LIST = 100


def everywhere(parent: str | None = None) -> list[Region]:
    """All divisions below one, as a client comes to them."""
    below = regions_within(parent)
    return [each for found in below for each in (found, *everywhere(found.code))]


def test_each_line_is_a_code_and_a_name_and_each_code_is_there_once():
    assert all(re.fullmatch(r"[1-6][0-9]{5} \S+", line) for line in LINES)
    codes = [line[:6] for line in LINES]
    assert codes == sorted(set(codes))


def test_there_are_as_many_as_the_country_has():
    levels = Counter(each.level for each in everywhere())
    assert levels == {
        RegionLevel.PROVINCE: 31,
        RegionLevel.CITY: 342,
        RegionLevel.DISTRICT: 2851,
    }


def test_every_division_is_reached_from_above():
    assert sorted(each.code for each in everywhere()) == [line[:6] for line in LINES]


def test_every_list_fits_on_one_page():
    parents = [None, *(each.code for each in everywhere())]
    assert max(len(regions_within(each)) for each in parents) == 31 < LARGEST_LIST


def test_every_district_has_its_city_and_its_province():
    for each in everywhere():
        if each.level is RegionLevel.DISTRICT:
            found = division(each.code)
            assert found is not None
            assert found.district == each
            assert (found.city.level, found.province.level) == (
                RegionLevel.CITY,
                RegionLevel.PROVINCE,
            )
            assert each in regions_within(found.city.code)
            assert found.city in regions_within(found.province.code)


def test_four_cities_have_no_districts_and_are_what_an_address_lies_in():
    undivided = [
        each
        for each in everywhere()
        if each.level is RegionLevel.CITY and not regions_within(each.code)
    ]
    names = [each.title.zh for each in undivided]
    assert names == ["东莞市", "中山市", "儋州市", "嘉峪关市"]
    for each in undivided:
        found = division(each.code)
        assert found is not None
        assert (found.city, found.district, each.is_divided) == (each, None, False)


def test_what_is_governed_by_a_municipality_or_a_province_lies_in_a_nominal_city():
    nominal = {each.code for each in everywhere() if each.is_nominal}
    assert nominal == {
        *("110100", "120100", "310100", "500100", "500200"),
        *("419000", "429000", "469000", "659000"),
    }
    for code, city, name in (
        ("110101", "110100", "东城区"),
        ("500229", "500200", "城口县"),
        ("419001", "419000", "济源市"),
        ("659012", "659000", "白杨市"),
    ):
        found = division(code)
        assert found is not None
        assert found.district is not None
        assert (found.city.code, found.district.title.zh) == (city, name)


def test_the_file_is_of_after_the_last_changes():
    for code, name in (
        ("330113", "临平区"),
        ("370614", "蓬莱区"),
        ("540581", "错那市"),
        ("653228", "和康县"),
    ):
        found = region(code)
        assert (code, found and found.title.zh) == (code, name)
    for gone in ("330103", "370634", "320611", "540530"):
        assert region(gone) is None


def test_provinces_alone_have_an_english_name():
    for each in everywhere():
        is_province = each.level is RegionLevel.PROVINCE
        assert each.title.en.isascii() == is_province
        assert is_province or each.title.en == each.title.zh


@pytest.mark.parametrize("code", ["", "110000", "110100", "320500", "999999", "11010", "東城区"])
def test_what_is_no_district_is_no_place_for_an_address(code: str):
    assert division(code) is None


@pytest.mark.parametrize("code", ["110101", "441900", "999999", "", "110"])
def test_nothing_lies_below_the_smallest(code: str):
    assert regions_within(code) == ()
