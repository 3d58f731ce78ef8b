"""Ids: in order of age, of version 7, and readable from outside only as what they are."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.ids import key_of, new_id, public_id
from tests.make import NOON

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEYS = st.uuids()


@given(at=MOMENTS, seed=st.integers())
def test_an_id_is_of_version_7_and_holds_its_millisecond(at: datetime, seed: int):
    made = new_id(at, Random(seed))
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == (at - EPOCH) // timedelta(milliseconds=1)


@given(at=MOMENTS, later=st.integers(1, 10**12), seed=st.integers())
def test_ids_of_different_milliseconds_sort_by_time(at: datetime, later: int, seed: int):
    random = Random(seed)
    older, younger = new_id(at, random), new_id(at + timedelta(milliseconds=later), random)
    assert older < younger
    assert older.hex < younger.hex
    assert public_id("order", older) < public_id("order", younger)


def test_a_thousand_ids_of_one_moment_are_all_different(random: Random):
    assert len({new_id(NOON, random) for _ in range(1_000)}) == 1_000


def test_the_same_seed_makes_the_same_id_and_uses_every_free_bit():
    assert new_id(NOON, Random(1)) == new_id(NOON, Random(1))
    made = [new_id(NOON, Random(seed)).int for seed in range(200)]
    ones, zeros = 0, 0
    for each in made:
        ones |= each
        zeros |= ~each
    free = (0xFFF << 64) | ((1 << 62) - 1)
    assert ones & zeros & ((1 << 80) - 1) == free


@given(key=KEYS)
def test_a_public_id_leads_back_to_its_key_and_only_for_its_kind(key: UUID):
    public = public_id("product", key)
    assert public == f"product_{key.hex}"
    assert key_of(public, "product") == key
    assert key_of(public, "category") is None
    assert key_of(public, "") is None
    assert key_of(public_id("stock_entry", key), "stock_entry") == key
    assert key_of(public_id("stock_entry", key), "entry") is None


KEY = "0192f0a1b2c37d4e8f90a1b2c3d4e5f6"


@pytest.mark.parametrize(
    "public",
    [
        "",
        "_",
        "product",
        "product_",
        KEY,
        f"_{KEY}",
        f"Product_{KEY}",
        f" product_{KEY}",
        f"product__{KEY}",
        f"product_{KEY[:-1]}",
        f"product_{KEY}0",
        f"product_{KEY[:-1]}g",
        f"product_{KEY[:8]}-{KEY[9:]}",
        f"product_{{{KEY[:-2]}}}",
        f"product_urn:uuid:{KEY[:-9]}",
        f"product_0x{KEY[:-2]}",
        f"product_+{KEY[:-1]}",
        f"product_ {KEY[:-1]}",
        f"product_{KEY[:-2]}_0",
        f"product_{KEY[:15]}_{KEY[:16]}",
        f"product_{KEY}\n",
        "product_" + "٣" * 32,
    ],
)
def test_anything_else_is_no_id(public: str):
    assert key_of(public, "product") is None


@given(text=st.text(max_size=60))
def test_no_text_makes_reading_an_id_fail(text: str):
    key_of(text, "product")
    key_of(f"product_{text}", "product")
