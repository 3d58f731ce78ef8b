"""Whether a message is sent outside the mall at this moment: pure judgement."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.kernel.clock import SHOP_ZONE
from domain.messages.kinds import KindRules
from domain.messages.words import MessageKind, NotSent, Topic

LONGEST_WAIT = timedelta(days=1)
"""What is told later than that is no news any more."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is disturbed, in the shop's time; from late in a day until early in the next.

    The two at the same time are no quiet hours.
    """

    begin: time = time(22)
    end: time = time(8)

    def end_after(self, at: datetime) -> datetime | None:
        """When the quiet hours are over in which that moment lies; None where it lies in none.

        They begin with their first moment, and their end is not one of them.
        """
        local = at.astimezone(SHOP_ZONE)
        now = local.timetz().replace(tzinfo=None)
        if self.begin <= self.end:
            is_quiet, ends_today = self.begin <= now < self.end, True
        else:
            is_quiet, ends_today = now >= self.begin or now < self.end, now < self.end
        if not is_quiet:
            return None
        day = local.date() if ends_today else local.date() + timedelta(days=1)
        return datetime.combine(day, self.end, SHOP_ZONE).astimezone(at.tzinfo)


@dataclass(frozen=True, slots=True)
class Policy:
    """What bounds messages outside the mall: the quiet hours, and how many a day to one member."""

    quiet: QuietHours = QuietHours()
    most_a_day: int = 8


POLICY = Policy()
"""What stands."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a member under their lock, at the moment of sending.

    ``wants`` has the topics that they want to be told of outside the mall, and ``sent_today``
    counts what they were sent since the shop's midnight.
    """

    is_blocked: bool
    has_openid: bool
    has_marketing_consent: bool
    wants: frozenset[Topic]
    sent_today: Counter[MessageKind]


@dataclass(frozen=True, slots=True)
class Due:
    """A message that is due; ``has_template`` says whether the mall can send its kind at all."""

    kind: MessageKind
    told_at: datetime
    has_template: bool
    has_permit: bool


def decide(
    due: Due, kind: KindRules, standing: Standing, policy: Policy, *, at: datetime
) -> NotSent | datetime | None:
    """Why a message is not sent, or until when it is put off; None where it is sent now.

    What is in the way for good comes before what passes by itself, and the permit last: it may be
    granted while a message waits.
    """
    refused = _refused(due, kind, standing, at)
    if refused is not None:
        return refused
    until = _put_off(due.kind, kind, standing, policy, at)
    if until is not None:
        return until
    return None if due.has_permit else NotSent.NO_PERMIT


def pause(tries: int) -> timedelta:
    """How long a message rests after so many tries: twice as long after each, up to an hour."""
    return min(FIRST_PAUSE * 2 ** min(tries, 10), LONGEST_PAUSE)


def begin_of_day(at: datetime) -> datetime:
    """The shop's last midnight, from which on messages are counted."""
    local = at.astimezone(SHOP_ZONE)
    return datetime.combine(local.date(), time(), SHOP_ZONE).astimezone(at.tzinfo)


def _refused(due: Due, kind: KindRules, standing: Standing, at: datetime) -> NotSent | None:
    in_the_way = (
        (at - due.told_at > LONGEST_WAIT, NotSent.TOO_LATE),
        (standing.is_blocked, NotSent.BLOCKED),
        (kind.topic not in standing.wants, NotSent.NOT_WANTED),
        (
            kind.topic is Topic.OFFERS and not standing.has_marketing_consent,
            NotSent.NO_CONSENT,
        ),
        (not due.has_template, NotSent.NO_TEMPLATE),
        (not standing.has_openid, NotSent.NO_OPENID),
    )
    return next((reason for holds, reason in in_the_way if holds), None)


def _put_off(
    name: MessageKind, kind: KindRules, standing: Standing, policy: Policy, at: datetime
) -> datetime | None:
    """When it may be tried again; None for now."""
    sent = standing.sent_today
    if sent.total() >= policy.most_a_day or sent[name] >= kind.most_a_day:
        tomorrow = begin_of_day(at) + timedelta(days=1)
        is_quiet = not kind.answers_the_member and policy.quiet.end_after(tomorrow)
        return is_quiet or tomorrow
    return None if kind.answers_the_member else policy.quiet.end_after(at)
