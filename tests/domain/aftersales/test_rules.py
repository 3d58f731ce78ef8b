"""The machine of cases, by itself: what can follow what, by when, and who is to act."""

from datetime import timedelta
from random import Random

import pytest

from domain.aftersales.rules import (
    ENDED,
    MOVES,
    OPEN,
    USUAL_TERMS,
    CaseWish,
    LineWish,
    due_at,
    is_members_turn,
    may_move,
    next_step,
    problems_of,
    problems_of_pictures,
)
from domain.aftersales.telling import told
from domain.aftersales.words import CaseKind, CaseOpener, CaseReason, CaseStatus, NextStep
from domain.kernel.language import Language
from tests.make import NOON, an_id

RESULTS = {
    CaseKind.REFUND: CaseStatus.SUCCEEDED,
    CaseKind.RETURN: CaseStatus.SUCCEEDED,
    CaseKind.EXCHANGE: CaseStatus.EXCHANGED,
}


@pytest.mark.parametrize("kind", CaseKind)
def test_each_walk_ends_and_never_without_a_deadline_before(kind: CaseKind):
    ends: set[CaseStatus] = set()
    for seed in range(200):
        random, status, moves = Random(seed), CaseStatus.REQUESTED, 0
        while status not in ENDED:
            due = due_at(status, USUAL_TERMS, NOON)
            assert due is not None
            assert due > NOON
            assert next_step(status) is not NextStep.NOTHING
            follows = sorted(after for before, after in MOVES[kind] if before is status)
            status, moves = random.choice(follows), moves + 1
        assert moves <= 7
        assert due_at(status, USUAL_TERMS, NOON) is None
        ends.add(status)
    assert RESULTS[kind] in ends
    assert {CaseStatus.REFUSED, CaseStatus.CANCELLED} <= ends


@pytest.mark.parametrize("kind", CaseKind)
def test_what_was_accepted_ends_by_goods_or_by_money_alone(kind: CaseKind):
    reached, fresh = set[CaseStatus](), {CaseStatus.INSPECTED}
    while fresh:
        reached |= fresh
        fresh = {after for before, after in MOVES[kind] if before in fresh} - reached
    assert reached & ENDED <= {CaseStatus.SUCCEEDED, CaseStatus.EXCHANGED}


@pytest.mark.parametrize("kind", CaseKind)
def test_nothing_follows_an_end_and_no_move_leads_back(kind: CaseKind):
    for before, after in MOVES[kind]:
        assert before in OPEN
        assert not may_move(kind, after, before)
        assert after is not CaseStatus.REQUESTED


def test_only_sending_back_is_the_members_turn():
    assert [each for each in CaseStatus if is_members_turn(each)] == [CaseStatus.APPROVED]
    assert due_at(CaseStatus.APPROVED, USUAL_TERMS, NOON) == NOON + timedelta(days=7)


@pytest.mark.parametrize("language", Language)
def test_each_status_is_told(language: Language):
    for kind, status in ((kind, status) for kind in CaseKind for status in CaseStatus):
        texts = [told(status, kind, opener, "已使用", language) for opener in CaseOpener]
        assert "{" not in "".join(texts)
        assert all(("已使用" in each) == (status is CaseStatus.REFUSED) for each in texts)
        # The member reads that it was not they who asked.
        assert (len(set(texts)) > 1) == (status is CaseStatus.REQUESTED)


@pytest.mark.parametrize(
    ("wish", "paths"),
    [
        (CaseWish(CaseKind.REFUND, CaseReason.OTHER, ()), ["lines"]),
        (CaseWish(CaseKind.REFUND, CaseReason.OTHER, (LineWish(1),)), ["lines.0"]),
        (CaseWish(CaseKind.REFUND, CaseReason.OTHER, (LineWish(1, 1, 1),)), ["lines.0"]),
        (
            CaseWish(CaseKind.REFUND, CaseReason.OTHER, (LineWish(1, 1), LineWish(2, fen=1))),
            ["lines.1"],
        ),
        (
            CaseWish(CaseKind.REFUND, CaseReason.OTHER, (LineWish(1, 1), LineWish(1, 1))),
            ["lines.1.lineNumber"],
        ),
        (CaseWish(CaseKind.RETURN, CaseReason.OTHER, (LineWish(1, fen=1),)), ["lines.0.amount"]),
        (
            CaseWish(CaseKind.RETURN, CaseReason.OTHER, (LineWish(1, 1, replacement="x"),)),
            ["lines.0.replacementId"],
        ),
        (CaseWish(CaseKind.REFUND, CaseReason.OTHER, (LineWish(1, 0),)), ["lines.0.units"]),
        (CaseWish(CaseKind.REFUND, CaseReason.OTHER, (LineWish(1, 1),), "长" * 501), ["note"]),
    ],
)
def test_what_is_wrong_with_a_wish_is_named(wish: CaseWish, paths: list[str]):
    assert [each.path for each in problems_of(wish)] == paths


def test_there_are_so_many_pictures_at_the_most():
    uploads = [an_id() for _ in range(10)]
    assert [each.path for each in problems_of_pictures("evidence", uploads)] == ["evidence"]
    assert list(problems_of_pictures("evidence", uploads[:9])) == []


def test_a_picture_is_shown_once():
    first, second = an_id(), an_id()
    problems = problems_of_pictures("evidence", [first, second, first])
    assert [each.path for each in problems] == ["evidence.2"]
