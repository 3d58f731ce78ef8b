"""What there is to tell of parcels."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.words import Carrier
from domain.shipping_duty.rules import (
    LONGEST_DESCRIPTION,
    SentParcel,
    UnknownCarrier,
    content_of,
    described,
    pause,
)
from domain.shipping_duty.words import LogisticsType

TEA, TAG = ("春茶", 2), ("刻字牌", 1)
BY_SF = SentParcel(Carrier.SF, "SF1020304050", [TEA])
BY_YUNDA = SentParcel(Carrier.YUNDA, "YD1020304050", [TAG])
HANDED_OVER = SentParcel(None, None, [TAG])


def test_one_parcel_with_everything_is_told_as_one():
    told = content_of([BY_SF], is_whole=True, is_picked_up=False)
    assert told is not None
    assert (told.logistics, told.is_split, told.is_whole) == (LogisticsType.EXPRESS, False, True)
    assert told.needs_contact
    (parcel,) = told.parcels
    assert (parcel.company, parcel.tracking_number) == ("SF", "SF1020304050")
    assert parcel.description == "春茶*2"


def test_parcels_are_told_as_they_are_sent_and_whole_each_time():
    first = content_of([BY_YUNDA], is_whole=False, is_picked_up=False)
    assert first is not None
    assert (first.is_split, first.is_whole, first.needs_contact) == (True, False, False)
    both = content_of([BY_YUNDA, BY_SF], is_whole=True, is_picked_up=False)
    assert both is not None
    assert (both.is_split, both.is_whole) == (True, True)
    assert [each.company for each in both.parcels] == ["YD", "SF"]


def test_what_was_told_in_parts_stays_so_although_it_is_one_parcel():
    told = content_of([BY_SF], is_whole=True, is_picked_up=False, was_split=True)
    assert told is not None
    assert (told.is_split, told.is_whole, len(told.parcels)) == (True, True, 1)


@pytest.mark.parametrize(
    ("is_picked_up", "way"), [(True, LogisticsType.PICK_UP), (False, LogisticsType.VIRTUAL)]
)
def test_what_nobody_brings_is_told_once_all_is_handed_over(
    way: LogisticsType, *, is_picked_up: bool
):
    assert content_of([HANDED_OVER], is_whole=False, is_picked_up=is_picked_up) is None
    told = content_of([HANDED_OVER, HANDED_OVER], is_whole=True, is_picked_up=is_picked_up)
    assert told is not None
    assert (told.logistics, told.is_split) == (way, False)
    (parcel,) = told.parcels
    assert (parcel.company, parcel.description) == (None, "刻字牌*1；刻字牌*1")


def test_what_is_handed_over_beside_parcels_is_not_told_by_itself():
    told = content_of([BY_SF, HANDED_OVER], is_whole=True, is_picked_up=False)
    assert told is not None
    assert (told.logistics, told.is_split, len(told.parcels)) == (LogisticsType.EXPRESS, True, 1)


def test_nothing_is_told_of_nothing_and_an_unknown_carrier_cannot_be_told():
    assert content_of([], is_whole=False, is_picked_up=False) is None
    with pytest.raises(UnknownCarrier):
        content_of([SentParcel(Carrier.OTHER, "X-102030", [TEA])], is_whole=True, is_picked_up=True)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=60), st.integers(1, 999)), max_size=9))
def test_what_is_in_a_parcel_fits_whatever_it_is(contents: list[tuple[str, int]]):
    assert len(described(contents)) <= LONGEST_DESCRIPTION


def test_pauses_double_up_to_an_hour():
    minutes = [pause(tries) / timedelta(minutes=1) for tries in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
