"""Quiet hours, how many a day, and what is in the way of a message: whatever the hour."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.clock import SHOP_ZONE
from domain.messages.kinds import KINDS, KindRules
from domain.messages.rules import (
    LONGEST_PAUSE,
    LONGEST_WAIT,
    Due,
    Policy,
    QuietHours,
    Standing,
    begin_of_day,
    decide,
    pause,
)
from domain.messages.words import MessageKind, NotSent, Topic
from tests.make import NOON

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: NEW_YEAR + timedelta(seconds=seconds)
)
CLOCK = st.times().map(lambda each: each.replace(second=0, microsecond=0))
COUNTS = st.dictionaries(st.sampled_from(MessageKind), st.integers(0, 12)).map(Counter)
CLOSED = MessageKind.ORDER_CLOSED
OFFERS = KindRules(Topic.OFFERS, answers_the_member=False, most_a_day=3)
NIGHT = datetime(2026, 11, 11, 23, 30, tzinfo=SHOP_ZONE)


def standing(**changes: object) -> Standing:
    """A member to whom everything may be sent."""
    everything: dict[str, object] = {
        "is_blocked": False,
        "has_openid": True,
        "has_marketing_consent": True,
        "wants": frozenset(Topic),
        "sent_today": Counter[MessageKind](),
    }
    return Standing(**{**everything, **changes})  # pyright: ignore[reportArgumentType]


def due(kind: MessageKind = CLOSED, *, at: datetime = NOON, **changes: bool) -> Due:
    """A message that was told at that moment and could be sent."""
    return Due(kind, at, **{"has_template": True, "has_permit": True, **changes})


@given(MOMENTS, CLOCK, CLOCK)
def test_quiet_hours_end_within_a_day_at_their_end_and_are_over_then(
    at: datetime, begin: time, end: time
):
    quiet = QuietHours(begin, end)
    until = quiet.end_after(at)
    if until is None:
        return
    assert at < until <= at + timedelta(days=1)
    assert until.astimezone(SHOP_ZONE).time() == end
    assert quiet.end_after(until) is None


@given(MOMENTS)
def test_it_is_quiet_from_ten_in_the_evening_until_eight_in_the_shops_time(at: datetime):
    is_night = not 8 <= at.astimezone(SHOP_ZONE).hour < 22
    assert (QuietHours().end_after(at) is not None) is is_night


def test_the_same_time_twice_is_never_quiet():
    assert QuietHours(time(8), time(8)).end_after(NIGHT) is None


@given(MOMENTS, COUNTS, st.sampled_from(MessageKind))
def test_whatever_the_hour_nobody_is_sent_more_than_the_bounds_or_disturbed(
    at: datetime, sent: Counter[MessageKind], kind: MessageKind
):
    policy, rules = Policy(), KINDS[kind]
    verdict = decide(due(kind, at=at), rules, standing(sent_today=sent), policy, at=at)
    if verdict is None:
        assert sent.total() < policy.most_a_day
        assert sent[kind] < rules.most_a_day
        assert rules.answers_the_member or policy.quiet.end_after(at) is None
    else:
        # Put off, to a moment at which it can be sent.
        assert isinstance(verdict, datetime)
        assert at < verdict <= at + timedelta(days=2)
        assert rules.answers_the_member or policy.quiet.end_after(verdict) is None
        if begin_of_day(verdict) > begin_of_day(at):
            later = decide(due(kind, at=verdict), rules, standing(), policy, at=verdict)
            assert later is None


def test_what_answers_the_member_is_sent_at_night_and_other_news_in_the_morning():
    morning = datetime(2026, 11, 12, 8, tzinfo=SHOP_ZONE)
    paid, policy = MessageKind.ORDER_PAID, Policy()
    assert decide(due(paid, at=NIGHT), KINDS[paid], standing(), policy, at=NIGHT) is None
    assert decide(due(at=NIGHT), KINDS[CLOSED], standing(), policy, at=NIGHT) == morning


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_blocked": True}, NotSent.BLOCKED),
        ({"wants": frozenset({Topic.ORDERS})}, NotSent.NOT_WANTED),
        ({"has_marketing_consent": False}, NotSent.NO_CONSENT),
        ({"has_openid": False}, NotSent.NO_OPENID),
    ],
)
def test_what_is_in_the_way_of_an_offer_is_told_at_any_hour(
    changes: dict[str, object], reason: NotSent
):
    for at in (NOON, NIGHT):
        assert decide(due(at=at), OFFERS, standing(**changes), Policy(), at=at) is reason


def test_news_of_an_order_needs_no_consent_to_offers():
    who = standing(has_marketing_consent=False)
    assert decide(due(), KINDS[CLOSED], who, Policy(), at=NOON) is None


def test_a_permit_may_still_come_while_a_message_waits():
    without = due(at=NIGHT, has_permit=False)
    assert isinstance(decide(without, OFFERS, standing(), Policy(), at=NIGHT), datetime)
    noon = due(has_permit=False)
    assert decide(noon, OFFERS, standing(), Policy(), at=NOON) is NotSent.NO_PERMIT


def test_after_a_day_it_is_too_late():
    late = NOON + LONGEST_WAIT + timedelta(seconds=1)
    assert decide(due(), OFFERS, standing(), Policy(), at=late) is NotSent.TOO_LATE
    assert decide(due(has_template=False), OFFERS, standing(), Policy(), at=NOON) is (
        NotSent.NO_TEMPLATE
    )


@given(st.integers(0, 1_000))
def test_pauses_grow_and_have_an_end(tries: int):
    assert timedelta() < pause(tries) <= pause(tries + 1) <= LONGEST_PAUSE
