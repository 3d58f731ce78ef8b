"""The steps of a turn: it is taken and committed, WeChat is called, and what it said committed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from msgspec import structs

from domain.kernel.clock import Clock
from domain.kernel.db import WriteSession
from domain.kernel.failpoints import Failpoint, reached
from domain.kernel.outside import OutsideError, OutsideLimited, OutsideUnavailable
from domain.shipping_duty.ports import (
    Parcels,
    ShippingInformationPort,
    ShippingProblem,
    ShippingRefused,
    Standing,
)
from domain.shipping_duty.rules import MOST_UNKNOWN
from domain.shipping_duty.settling import Accepted, Outcome, PutOff, Refused, Seen, settle
from domain.shipping_duty.turns import Errand, Turn, take_turns
from domain.shipping_duty.words import PlatformState

TOLD = Failpoint("shipping_duty.told")
_TELL_AGAIN = {ShippingProblem.ALREADY_TOLD, ShippingProblem.NOT_SHIPPABLE}
"""What WeChat says of a payment that may have what it is told: it is asked."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells WeChat what was shipped. ``writing`` opens a transaction."""

    writing: Callable[[], AbstractAsyncContextManager[WriteSession]]
    port: ShippingInformationPort
    clock: Clock

    async def take(self, most: int) -> tuple[int, list[Turn]]:
        """Take turns that are due: how many, and those for which WeChat is called."""
        async with self.writing() as session:
            return await take_turns(session, at=self.clock(), most=most)

    async def do(self, turn: Turn) -> Outcome:
        """Call WeChat for one turn, and write down what came of it."""
        outcome = await self._called(turn)
        reached(TOLD)
        async with self.writing() as session:
            await settle(session, turn, outcome, at=self.clock())
        return outcome

    async def _called(self, turn: Turn) -> Outcome:
        try:
            if turn.parcels is not None:
                return await self._tell(turn, turn.parcels)
            if turn.errand is Errand.ASK:
                return Seen(await self.port.ask(turn.key))
            assert turn.until is not None
            await self.port.report_late(turn.key, until=turn.until)
        except ShippingRefused as refused:
            return self._refused(turn, refused)
        except OutsideError as error:
            return _gone_wrong(turn, error)
        return Accepted()

    async def _tell(self, turn: Turn, parcels: Parcels) -> Outcome:
        """Tell, once: what may have been told is asked for before, and not told again."""
        if turn.is_uncertain:
            standing = await self.port.ask(turn.key)
            if standing.state is PlatformState.REFUNDED:
                return Seen(standing)
            parcels = _as_begun(parcels, standing)
            if standing.has(parcels.content):
                return Accepted(parcels.content, turn.is_correction)
            # What nobody heard of was told to the end: WeChat takes this one for the correction.
            turn = replace(turn, is_correction=turn.is_correction or standing.is_finished)
        try:
            await self.port.upload(parcels)
        except ShippingRefused as refused:
            if refused.problem not in _TELL_AGAIN:
                raise
            standing = await self.port.ask(turn.key)
            if standing.state is PlatformState.REFUNDED:
                return Seen(standing)
            if not standing.has(parcels.content):
                raise refused from None
        return Accepted(parcels.content, turn.is_correction)

    @staticmethod
    def _refused(turn: Turn, refused: ShippingRefused) -> Outcome:
        """What WeChat does not have it may have in a minute; anything else is for people."""
        is_early = refused.problem is ShippingProblem.UNKNOWN_PAYMENT and turn.tries < MOST_UNKNOWN
        if is_early or turn.errand is Errand.ASK:
            return PutOff(refused.code)
        return Refused(refused.code)


def _as_begun(parcels: Parcels, standing: Standing) -> Parcels:
    """What there is to tell; in parts, where parts were told although nobody heard of it."""
    if standing.is_finished or not standing.parcels:
        return parcels
    return replace(parcels, content=structs.replace(parcels.content, is_split=True))


def _gone_wrong(turn: Turn, error: OutsideError) -> PutOff:
    seconds = error.retry_after_seconds if isinstance(error, OutsideLimited) else 0
    may_have = isinstance(error, OutsideUnavailable) and error.may_have_happened
    return PutOff(error.code, seconds, is_uncertain=may_have or turn.is_uncertain)
