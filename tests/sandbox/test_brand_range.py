"""The demo brand as plain values: whole, the same each time, and no dearer to draw when large."""

from itertools import chain
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.content import ProductContent, ProductKind
from domain.catalog.home import problems_of_arrangement
from domain.catalog.rules import problems_of
from domain.kernel.actors import Role
from domain.kernel.ids import new_id
from sandbox.brand import rows
from sandbox.brand.front import arrangement
from sandbox.brand.numbering import MOST_OF_A_KIND, Numbered, bounds, id_of, number_of
from sandbox.brand.people import demo_members, demo_staff, founder
from sandbox.brand.pictures import draw_missing
from sandbox.brand.places import PLACES, PlaceKind
from sandbox.brand.range import CORE, Fate, age_of, demo_product, names
from tests.make import NOON

KNOWN = names(8)
NUMBERS = st.integers(0, MOST_OF_A_KIND - 1)
MEMBERS = list(demo_members(8, 0, 3_000))


def contents(count: int) -> list[ProductContent]:
    return [demo_product(8, number, KNOWN).content for number in range(count)]


@given(number=NUMBERS, seed=st.integers(0, 1_000))
def test_operators_could_have_written_every_product(number: int, seed: int):
    assert problems_of(demo_product(seed, number, names(seed)).content) == []


@given(number=NUMBERS, seed=st.integers(0, 1_000))
def test_an_id_tells_its_number_and_none_of_a_running_mall_lies_among_them(number: int, seed: int):
    key = id_of(seed, Numbered.PRODUCT, number)
    assert number_of(key) == number
    least, most = bounds()
    assert least <= key < most < new_id(NOON, demo_product(seed, number, names(seed)).random)


def test_a_seed_is_the_same_at_any_present_but_for_the_dates():
    early = rows.batch_of(8, range(190, 210), KNOWN, by=founder(8), at=NOON)
    late = rows.batch_of(8, range(190, 210), KNOWN, by=founder(8), at=NOON.replace(year=2027))
    dates = {"visible_from", "visible_until", "created_at", "updated_at", "recorded_at"}
    dates |= {"offered_from", "offered_until"}
    for one, other in zip(all_rows(early), all_rows(late), strict=True):
        assert {name for name in one if one[name] != other[name]} <= dates
    assert early.products.products[0]["created_at"] != late.products.products[0]["created_at"]


def test_another_seed_is_another_brand():
    one, other = (demo_product(seed, 5, names(seed)) for seed in (8, 9))
    assert one.id != other.id
    assert {id_of(8, kind, 3) for kind in Numbered}.isdisjoint(
        {id_of(9, kind, 3) for kind in Numbered}
    )


def all_rows(batch: rows.Batch) -> list[rows.Row]:
    products = batch.products
    return list(
        chain(
            products.products,
            products.variants,
            products.tags,
            products.prices,
            batch.levels,
            batch.entries,
        )
    )


def test_no_two_products_have_one_name_or_one_sku():
    made = [*contents(2_000), *(demo_product(8, n, KNOWN).content for n in range(99_000, 102_000))]
    assert len({each.title.zh for each in made}) == len(made)
    assert len({each.title.en for each in made}) == len(made)
    skus = [variant.sku for each in made for variant in each.variants]
    assert len(set(skus)) == len(skus)


def test_a_hundred_thousand_products_share_the_pictures_of_two_hundred(tmp_path: Path):
    draw_missing(tmp_path)
    drawn = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.svg")}
    keys: set[str] = set()
    for content in [*contents(2 * CORE), demo_product(8, 99_999, KNOWN).content]:
        keys |= {content.image_key, *(picture.key for picture in content.pictures)}
        keys |= {block.picture_key for block in content.description if block.picture_key}
    keys |= {banner.picture_key for banner in arrangement(8, KNOWN, CORE).banners}
    keys |= {each.picture_key for each in demo_members(8, 0, 500) if each.picture_key}
    assert keys == drawn
    assert len(drawn) < 300


def test_a_picture_that_is_there_is_not_drawn_again(tmp_path: Path):
    draw_missing(tmp_path)
    kept, lost = tmp_path / "brand/banner-1.svg", tmp_path / "brand/banner-2.svg"
    kept.write_text("an operator's own")
    lost.unlink()
    draw_missing(tmp_path)
    assert kept.read_text() == "an operator's own"
    assert lost.exists()
    assert not list(tmp_path.rglob("*.unfinished"))


def test_the_range_has_something_of_everything():
    made = [demo_product(8, number, KNOWN) for number in range(CORE)]
    assert {each.fate for each in made} == set(Fate)
    assert any(each.content.personalisation for each in made)
    assert any(each.content.member_limit for each in made)
    assert [each.content.kind for each in made].count(ProductKind.VIRTUAL) == 1
    assert {len(each.content.options) for each in made} == {0, 1, 2}
    assert any(each.prices_before for each in made)
    assert {len(each.content.variants) for each in made} == {1, 2, 3, 6}
    assert min(age_of(number) for number in range(CORE, 20_000)) > age_of(CORE - 1)


def test_there_are_five_stores_and_staff_of_every_role():
    assert [place.kind for place in PLACES].count(PlaceKind.STORE) == 5
    staff = [colleague for _, colleague in demo_staff(8)]
    assert {each.role for each in staff} == set(Role)
    assert len({each.login for each in staff}) == len(staff)
    assert [each.role for each in staff].count(Role.STORE_MANAGER) == 5


def test_members_are_numbered_from_the_first():
    assert [number_of(each.id) for each in MEMBERS] == list(range(3_000))


@given(first=st.integers(0, 1_500), more=st.integers(0, 1_500))
def test_members_are_the_same_however_they_are_divided(first: int, more: int):
    end = first + more
    assert list(demo_members(8, first, end)) == MEMBERS[first:end]


def test_most_members_have_a_birthday_and_a_name_of_two_or_three_characters():
    members = list(demo_members(8, 0, 500))
    assert {len(each.name) for each in members} == {2, 3}
    assert 300 < sum(each.birthday is not None for each in members) < 500


@given(count=st.integers(0, CORE))
def test_the_home_page_names_only_products_that_there_are(count: int):
    arranged = arrangement(8, KNOWN, count)
    assert problems_of_arrangement(arranged) == []
    shown = [key for section in arranged.sections for key in section.product_ids]
    assert all(number_of(key) < count for key in shown)
