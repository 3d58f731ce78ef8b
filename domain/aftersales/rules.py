"""How a case moves, by when, and whether there can be one: judged without a database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from domain.aftersales.words import SHOPS_FAULT, CaseKind, CaseReason, CaseStatus, NextStep
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Sentence
from domain.kernel.problems import MISSING, OUT_OF_RANGE, REPEATED, TOO_LONG, TOO_MANY
from domain.orders.refunding.terms import (
    USUAL_REFUND_TERMS,
    RefundTerms,
    RefundTermSettings,
    refund_terms_of,
)

TEXTS_KEPT_FOR = timedelta(days=3 * 366)
"""How long what was said and shown in a case is kept after its end: as long as the law wants the
records of a sale to be, for whoever has to judge a dispute over it."""
MOST_CASES = 50
"""Cases of one order, whatever became of them."""
MOST_LINES = 100
MOST_PICTURES = 9
LONGEST_NOTE = 500
MOST_UNITS = 1_000_000
MOST_FEN = 10**12
MONEY_TAKES = timedelta(days=5)
"""How long a bank takes at the most to give money back; after that somebody looks."""
NOT_BOTH = ProblemKind(
    "not_both",
    Sentence(
        zh="请填写数量或金额中的一项。", en="Give either a number of units or an amount, not both."
    ),
)
BY_UNITS_ALONE = ProblemKind(
    "by_units_alone",
    Sentence(zh="退货和换货须按件申请。", en="Goods come back by units, not by an amount."),
)
NO_REPLACEMENT = ProblemKind(
    "no_replacement",
    Sentence(zh="只有换货可以另选规格。", en="Only an exchange names other goods."),
)
MIXED = ProblemKind(
    "mixed",
    Sentence(
        zh="按件和按金额请分开申请。", en="Ask for units and for amounts in cases of their own."
    ),
)

MOVES: Mapping[CaseKind, frozenset[tuple[CaseStatus, CaseStatus]]] = {
    CaseKind.REFUND: frozenset(
        {
            (CaseStatus.REQUESTED, CaseStatus.APPROVED),
            (CaseStatus.REQUESTED, CaseStatus.REFUSED),
            (CaseStatus.REQUESTED, CaseStatus.CANCELLED),
            (CaseStatus.APPROVED, CaseStatus.REFUNDING),
            (CaseStatus.REFUNDING, CaseStatus.SUCCEEDED),
        }
    ),
    CaseKind.RETURN: frozenset(
        {
            (CaseStatus.REQUESTED, CaseStatus.APPROVED),
            (CaseStatus.REQUESTED, CaseStatus.REFUSED),
            (CaseStatus.REQUESTED, CaseStatus.CANCELLED),
            (CaseStatus.APPROVED, CaseStatus.SENT_BACK),
            (CaseStatus.APPROVED, CaseStatus.CANCELLED),
            (CaseStatus.APPROVED, CaseStatus.EXPIRED),
            (CaseStatus.SENT_BACK, CaseStatus.RECEIVED),
            (CaseStatus.RECEIVED, CaseStatus.INSPECTED),
            (CaseStatus.RECEIVED, CaseStatus.REFUSED),
            (CaseStatus.INSPECTED, CaseStatus.REFUNDING),
            (CaseStatus.REFUNDING, CaseStatus.SUCCEEDED),
        }
    ),
    CaseKind.EXCHANGE: frozenset(
        {
            (CaseStatus.REQUESTED, CaseStatus.APPROVED),
            (CaseStatus.REQUESTED, CaseStatus.REFUSED),
            (CaseStatus.REQUESTED, CaseStatus.CANCELLED),
            (CaseStatus.APPROVED, CaseStatus.SENT_BACK),
            (CaseStatus.APPROVED, CaseStatus.CANCELLED),
            (CaseStatus.APPROVED, CaseStatus.EXPIRED),
            (CaseStatus.SENT_BACK, CaseStatus.RECEIVED),
            (CaseStatus.RECEIVED, CaseStatus.INSPECTED),
            (CaseStatus.RECEIVED, CaseStatus.REFUSED),
            (CaseStatus.INSPECTED, CaseStatus.EXCHANGED),
            (CaseStatus.INSPECTED, CaseStatus.REFUNDING),
            (CaseStatus.REFUNDING, CaseStatus.SUCCEEDED),
        }
    ),
}
"""The only moves there are, by what is asked for; the trigger `cases_move_as_drawn` says so too."""
ENDED = frozenset(
    {
        CaseStatus.SUCCEEDED,
        CaseStatus.EXCHANGED,
        CaseStatus.REFUSED,
        CaseStatus.CANCELLED,
        CaseStatus.EXPIRED,
    }
)
"""Where a case is over."""
OPEN = frozenset(CaseStatus) - ENDED
"""Where a case waits for something, and has a deadline."""
KEEPS = OPEN | {CaseStatus.SUCCEEDED, CaseStatus.EXCHANGED}
"""Where a case keeps its units and amounts from every other one: until it ends without a result."""
_STEPS: Mapping[CaseStatus, NextStep] = {
    CaseStatus.REQUESTED: NextStep.SHOP_ANSWERS,
    CaseStatus.APPROVED: NextStep.MEMBER_SENDS_BACK,
    CaseStatus.SENT_BACK: NextStep.SHOP_RECEIVES,
    CaseStatus.RECEIVED: NextStep.SHOP_INSPECTS,
    CaseStatus.INSPECTED: NextStep.SHOP_SENDS_REPLACEMENT,
    CaseStatus.REFUNDING: NextStep.MONEY_ARRIVES,
}


@dataclass(frozen=True, slots=True)
class CaseTerms:
    """What the shop promises, and asks: see the settings `MALL_AFTERSALES_…`.

    A case can be opened for ``window`` after an order was received. The shop answers within
    ``answer_within``, and receives what was sent back within ``carried_within``; the member
    sends back within ``return_within``. What was not sent yet is refunded at once, where
    ``is_instant``. ``refunding`` are the terms of what follows from the refund of a case.
    """

    window: timedelta = timedelta(days=15)
    answer_within: timedelta = timedelta(hours=48)
    return_within: timedelta = timedelta(days=7)
    carried_within: timedelta = timedelta(days=10)
    is_instant: bool = True
    refunding: RefundTerms = USUAL_REFUND_TERMS

    @property
    def receipt_after(self) -> timedelta:
        """How long after it was sent something is taken for received."""
        return self.refunding.receipt_after


class TermSettings(RefundTermSettings, Protocol):
    """The settings that terms are made of."""

    @property
    def aftersales_window_days(self) -> int: ...
    @property
    def aftersales_answer_hours(self) -> int: ...
    @property
    def aftersales_return_days(self) -> int: ...
    @property
    def aftersales_instant(self) -> bool: ...


def terms_of(settings: TermSettings) -> CaseTerms:
    """The terms of a mall with these settings."""
    return CaseTerms(
        window=timedelta(days=settings.aftersales_window_days),
        answer_within=timedelta(hours=settings.aftersales_answer_hours),
        return_within=timedelta(days=settings.aftersales_return_days),
        is_instant=settings.aftersales_instant,
        refunding=refund_terms_of(settings),
    )


USUAL_TERMS = CaseTerms()
"""Those of a mall that says nothing else."""


class LineWish(msgspec.Struct, frozen=True):
    """What is asked for of a line: so many units, or an amount of what was paid for it.

    ``replacement`` is the variant that shall come in exchange, as hexadecimal; None for the same.
    ``exchange`` is the case by which the units came in exchange, likewise; None for those that were
    bought.
    """

    line_number: int
    units: int | None = None
    fen: int | None = None
    replacement: str | None = None
    exchange: str | None = None


class CaseWish(msgspec.Struct, frozen=True):
    """What a member asks for, why, and what they say about it."""

    kind: CaseKind
    reason: CaseReason
    lines: tuple[LineWish, ...]
    note: str = ""

    @property
    def is_by_amount(self) -> bool:
        """Whether amounts are asked for and no units."""
        return self.lines[0].fen is not None


def may_move(kind: CaseKind, before: CaseStatus, after: CaseStatus) -> bool:
    """Whether a case of that kind can go from one status to the other."""
    return (before, after) in MOVES[kind]


def next_step(status: CaseStatus) -> NextStep:
    """What a case waits for."""
    return _STEPS.get(status, NextStep.NOTHING)


def due_at(status: CaseStatus, terms: CaseTerms, at: datetime) -> datetime | None:
    """By when a case that comes to a status has to move on; None where it is over."""
    match status:
        case CaseStatus.APPROVED:
            return at + terms.return_within
        case CaseStatus.SENT_BACK:
            return at + terms.carried_within
        case CaseStatus.REFUNDING:
            return at + MONEY_TAKES
        case _:
            return None if status in ENDED else at + terms.answer_within


def is_members_turn(status: CaseStatus) -> bool:
    """Whether the deadline is the member's: then the case ends by it, else the shop is reminded."""
    return status is CaseStatus.APPROVED


def problems_of(wish: CaseWish) -> Iterator[Problem]:
    """What is wrong with a wish, whatever the order."""
    if not wish.lines:
        yield MISSING.at("lines")
    elif len(wish.lines) > MOST_LINES:
        yield TOO_MANY.at("lines", most=MOST_LINES)
    if len(wish.note) > LONGEST_NOTE:
        yield TOO_LONG.at("note", most=LONGEST_NOTE)
    numbers = [each.line_number for each in wish.lines]
    for place, line in enumerate(wish.lines):
        if line.line_number in numbers[:place]:
            yield REPEATED.at(f"lines.{place}.lineNumber", value=str(line.line_number))
        yield from _problems_of_line(wish, line, f"lines.{place}")


def problems_of_pictures(path: str, uploads: Sequence[UUID]) -> Iterator[Problem]:
    """What is wrong with pictures of a case: too many, or one of them twice."""
    if len(uploads) > MOST_PICTURES:
        yield TOO_MANY.at(path, most=MOST_PICTURES)
    for place, upload_id in enumerate(uploads):
        if upload_id in uploads[:place]:
            yield REPEATED.at(f"{path}.{place}", value=str(place + 1))


def _problems_of_line(wish: CaseWish, line: LineWish, path: str) -> Iterator[Problem]:
    if (line.units is None) == (line.fen is None):
        yield NOT_BOTH.at(path)
    elif (line.fen is not None) != wish.is_by_amount:
        yield MIXED.at(path)
    if line.units is not None and not 1 <= line.units <= MOST_UNITS:
        yield OUT_OF_RANGE.at(f"{path}.units", least=1, most=MOST_UNITS)
    if line.fen is not None and not 1 <= line.fen <= MOST_FEN:
        yield OUT_OF_RANGE.at(f"{path}.amount", least=1, most=MOST_FEN)
    if line.fen is not None and wish.kind is not CaseKind.REFUND:
        yield BY_UNITS_ALONE.at(f"{path}.amount")
    if line.exchange is not None and line.fen is not None:
        yield BY_UNITS_ALONE.at(f"{path}.amount")
    if line.replacement is not None and wish.kind is not CaseKind.EXCHANGE:
        yield NO_REPLACEMENT.at(f"{path}.replacementId")


def is_shops_fault(reason: CaseReason) -> bool:
    """Whether the shop has to answer for it."""
    return reason in SHOPS_FAULT
