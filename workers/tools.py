"""What every sweep of a worker works with."""

from dataclasses import dataclass
from random import Random
from typing import TypedDict

from domain.aftersales.rules import USUAL_TERMS, CaseTerms
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.kernel.sealing import Vault
from domain.media.ports import ObjectStore
from domain.messages.ports import MessageSender
from domain.messages.sending import Mailing
from domain.orders.picking_up.readying import Lasting
from domain.orders.refunding.terms import USUAL_REFUND_TERMS, RefundTerms
from domain.orders.tracking.ports import TrackingPort
from domain.orders.tracking.rules import Pace
from domain.payments.exchanges import Till
from domain.payments.ports import PaymentGateway
from domain.points.rules.terms import USUAL_TERMS as USUAL_POINTS_TERMS
from domain.points.rules.terms import PointsTerms
from domain.shipping_duty.ports import ShippingInformationPort


@dataclass(frozen=True, slots=True)
class MessageDesk:
    """What messages outside the mall are sent by, and the rules that they go by."""

    sender: MessageSender
    mailing: Mailing


@dataclass(frozen=True, slots=True)
class PickUpDesk:
    """What codes of pick-ups are sealed with, and how long they last."""

    vault: Vault
    lasting: Lasting


@dataclass(frozen=True, slots=True)
class TrackingDesk:
    """Who is asked for parcels, and how often."""

    port: TrackingPort
    pace: Pace


@dataclass(frozen=True, slots=True)
class Tools:
    """A worker's pools, its clock, the store of media, and where ids come from.

    ``gateway`` takes money, where one is set up; ``messages`` is None where the mall sends none
    outside; ``shipping`` is told what was shipped, and ``tracking`` asked where it is. ``pick_ups``
    makes the codes of orders that are picked up. ``refund_terms`` say
    what follows from refunds, and when what was sent whole is taken for received,
    ``points_terms`` what points are worth.
    """

    database: Database
    clock: Clock
    store: ObjectStore
    random: Random
    gateway: PaymentGateway | None = None
    messages: MessageDesk | None = None
    shipping: ShippingInformationPort | None = None
    pick_ups: PickUpDesk | None = None
    tracking: TrackingDesk | None = None
    refund_terms: RefundTerms = USUAL_REFUND_TERMS
    case_terms: CaseTerms = USUAL_TERMS
    points_terms: PointsTerms = USUAL_POINTS_TERMS

    @property
    def till(self) -> Till:
        """Where money is taken and given back."""
        return Till(
            writing=self.database.writes.begin,
            taking=self.database.hot.begin,
            noting=self.database.hot.alone,
            reads=self.database.reads,
            gateway=self.gateway,
            clock=self.clock,
            random=self.random,
            terms=self.refund_terms,
        )


class SweepContext(TypedDict):
    """What arq hands to a sweep."""

    tools: Tools
