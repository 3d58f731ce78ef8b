"""Processes that are killed at each place that has a name, and started again."""

import ast
from pathlib import Path

import httpx
import pytest

from domain.kernel.db import Database
from domain.orders.words import OrderStatus
from tests.cli.mall_process import ROOT
from tests.domain.orders.buying import a_shop
from tests.faults import test_payment_kills, test_points_kills, test_shipping_kills
from tests.faults.buyers import Request, buyers
from tests.faults.deadlines import are_done, let_deadlines_pass
from tests.faults.end_state import end_state
from tests.faults.rig import Process, Rig, mortal, until

BATCH = ["before_batch", "keys_claimed", "written", "committed"]
"""The places of every batcher, after its name."""
PLACING = [f"place_orders.{step}" for step in BATCH]
CANCELLING = ["cancel_orders.written", "cancel_orders.committed"]
SWEEPS = [
    "close_due_orders.found",
    "close_due_orders.written",
    "close_due_orders.committed",
    "relay.taken",
    "relay.kept",
    "relay.committed",
]
NOWHERE = "nowhere.at_all"
IN_THE_SUITE = {
    "place_orders.written",
    "place_orders.committed",
    "cancel_orders.committed",
    "close_due_orders.written",
    "close_due_orders.committed",
    "relay.committed",
}
"""Before and after a commit; a soak dies everywhere.

Processes that cost less die everywhere in the suite too: in the tests of a batch
(`tests/domain/kernel/test_failpoints.py`) and of the relay (`tests/workers/test_relay.py`).
"""


def dying(places: list[str], *, is_soak: bool) -> list[str]:
    """Where one process after the other dies."""
    return places * 5 if is_soak else [each for each in places if each in IN_THE_SUITE]


async def test_who_asks_again_after_the_api_was_killed_anywhere_has_one_order(
    rig: Rig, both: list[Process], database: Database, tmp_path: Path, *, is_soak: bool
):
    places = dying([*PLACING, *CANCELLING], is_soak=is_soak)
    shop, flag = await a_shop(database), tmp_path / "flag"
    made = await buyers(both[0], database, [[(shop.variants[0], 1)] for _ in places])
    unanswered: Request | None = None
    # Each process answers what the one before it has left, and then dies elsewhere.
    for place, buyer in zip([*places, NOWHERE], [*made, None], strict=True):
        async with rig.api(**mortal(place, flag)) as process:
            if unanswered is not None:
                answer = await unanswered.answered([process.api])
                assert answer["__typename"] in {"OrderPlaced", "OrderCancelled"}
                assert await unanswered.answered([both[0].api]) == answer
            if buyer is None:
                break
            if place in CANCELLING:
                unanswered = buyer.cancelling(await buyer.order([process.api]))
            else:
                unanswered = buyer.placing(await buyer.quote([process.api]))
            before = await end_state(database)
            flag.touch()
            with pytest.raises(httpx.TransportError):
                await unanswered.sent(process.api)
            await process.died()
        was_kept = place.endswith(".committed")
        assert ((await end_state(database)).orders != before.orders) is was_kept

    state = await end_state(database)
    cancelled = sum(place in CANCELLING for place in places)
    assert state.counted == {
        OrderStatus.CLOSED: cancelled,
        OrderStatus.PENDING_PAYMENT: len(places) - cancelled,
    }


async def test_a_worker_that_was_killed_anywhere_has_done_everything_once_in_the_end(
    rig: Rig, both: list[Process], database: Database, tmp_path: Path, *, is_soak: bool
):
    places = dying(SWEEPS, is_soak=is_soak)
    shop, flag = await a_shop(database), tmp_path / "flag"
    made = await buyers(both[0], database, [[(shop.variants[0], 1)] for _ in places])
    # Each worker finds what those before it have left, besides an order that is new.
    for place, buyer in zip(places, made, strict=True):
        await buyer.order([both[0].api])
        await let_deadlines_pass(database)
        flag.touch()
        async with rig.worker(**mortal(place, flag)) as worker:
            await worker.died()
        state = await end_state(database)
        if place == "close_due_orders.committed":
            assert state.counted == {OrderStatus.CLOSED: len(state.orders)}
        if place == "relay.committed":
            assert state.undone_facts < state.facts
    async with rig.worker():
        await until(lambda: are_done(database))
    state = await end_state(database)
    assert state.counted == {OrderStatus.CLOSED: len(places)}
    assert (state.facts, state.undone_facts) == (2 * len(places), 0)


def test_every_place_of_the_mall_at_which_a_process_can_be_told_to_die_is_among_these():
    """Those of a payment, of telling and of points are in the modules beside this one."""
    same_as_when_placing = {"cancel_orders.before_batch", "cancel_orders.keys_claimed"}
    dying = {*PLACING, *CANCELLING, *SWEEPS, *test_payment_kills.API, *test_payment_kills.WORKER}
    dying |= test_shipping_kills.WORKER | test_points_kills.WORKER
    assert declared() == dying | same_as_when_placing


def declared() -> set[str]:
    """The places that the code of the mall declares, whatever of it has run."""
    names: set[str] = set()
    for package in ("api", "cli", "domain", "workers"):
        for path in (ROOT / package).rglob("*.py"):
            for call in calls(path):
                names |= places_of(call)
    return names


def calls(path: Path) -> list[ast.Call]:
    """The calls in a module."""
    return [each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Call)]


def places_of(call: ast.Call) -> set[str]:
    """The places that a call declares: one by its name, or those of a batch."""
    match call:
        case ast.Call(func=ast.Name("Failpoint"), args=[ast.Constant(str(name))]):
            return {name}
        case ast.Call(func=ast.Name("Batcher"), keywords=[*named]):
            (name,) = (ast.literal_eval(each.value) for each in named if each.arg == "name")
            return {f"{name}.{step}" for step in BATCH}
        case _:
            return set()
