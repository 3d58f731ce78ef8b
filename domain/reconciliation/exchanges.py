"""The steps that take a bill in: commit, ask the gateway, commit."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from random import Random

from domain.kernel.clock import Clock
from domain.kernel.db import WriteSession
from domain.kernel.outside import OutsideError
from domain.payments.bills import Bill, BillKind, BillNotReady, BillUnusable
from domain.payments.ports import PaymentGateway
from domain.reconciliation.comparing import Compared, compare
from domain.reconciliation.rules import BELIEVED_AFTER, due_at
from domain.reconciliation.taking import (
    Due,
    is_silent,
    note_problem,
    plan_days,
    take_due,
    take_in,
)

NOT_READY = "not_ready"
NOT_BELIEVED = "not_believed"
"""The gateway says that nothing happened on a day on which something did here."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Takes bills of one gateway in, and compares. ``writing`` opens a transaction."""

    writing: Callable[[], AbstractAsyncContextManager[WriteSession]]
    gateway: PaymentGateway
    clock: Clock
    random: Random

    async def plan(self) -> None:
        """Make the days due that are over."""
        async with self.writing() as session:
            await plan_days(session, self.gateway.provider, at=self.clock())

    async def next_due(self, day: date | None = None) -> Due | None:
        """The next bill to take in, by its time or of one day; None where there is none."""
        async with self.writing() as session:
            provider = self.gateway.provider
            return await take_due(session, provider, at=self.clock(), day=day)

    async def take(self, due: Due) -> str | None:
        """Ask for a bill, write it down and compare; the word of a problem where it is not had.

        It is tried again when it is due again. What is not foreseen is raised.
        """
        try:
            bill = await self.gateway.bill(due.bill, due.day)
            problem = await self._doubted(due, bill)
            if problem is None:
                async with self.writing() as session:
                    if await take_in(session, due, bill, at=self.clock()):
                        await self._compare(session, due)
                return None
        except BillNotReady:
            problem = NOT_READY
        except BillUnusable as error:
            problem = error.reason
        except OutsideError as error:
            problem = error.code
        async with self.writing() as session:
            await note_problem(session, due, problem)
        return problem

    async def compare_again(self, due: Due) -> Compared:
        """Hold a day whose bill is here against our books once more."""
        async with self.writing() as session:
            return await self._compare(session, due)

    async def _compare(self, session: WriteSession, due: Due) -> Compared:
        merchant_id = self.gateway.merchant_id
        return await compare(
            session, due, merchant_id=merchant_id, at=self.clock(), random=self.random
        )

    async def _doubted(self, due: Due, bill: Bill | None) -> str | None:
        """Why an answer is not believed yet: the bill of trades may only not be made.

        Of funds nothing may have moved for long.
        """
        if bill is not None or due.bill is BillKind.FUNDS:
            return None
        if self.clock() >= due_at(due.day) + BELIEVED_AFTER:
            return None
        async with self.writing() as session:
            return None if await is_silent(session, due) else NOT_BELIEVED
