"""What members send about cases."""

from uuid import UUID

import strawberry

from api.aftersales.enums import CaseKind, CaseReason
from api.ids import key
from api.orders.enums import Carrier
from api.uploads.types import UPLOAD
from domain.aftersales.rules import CaseWish, LineWish
from domain.aftersales.views import CASE
from domain.catalog.views.structs import VARIANT
from domain.kernel.money import Fen
from domain.orders.shipping.rules import Parcel, tracking_number
from domain.orders.views.structs import ORDER

REQUEST_ID = (
    "An id of the client's own for this request, kept before it is sent: sent again, it changes "
    "nothing and gets the first answer."
)
NUMBER = "The number under which they bring it: 6 to 32 letters, digits and hyphens."


@strawberry.input(description="What is asked for of a line: units, or an amount.")
class CaseLineInput:
    line_number: int = strawberry.field(description="The line, by its place in the order.")
    units: int | None = strawberry.field(default=None, description="How many of its units.")
    amount: Fen | None = strawberry.field(
        default=None,
        description="For a REFUND where the goods stay: how much of what was paid for the line.",
    )
    replacement_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="For an EXCHANGE: a variant of the same product at the same price; without, "
        "the same one.",
    )

    exchange_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="For units that came in exchange themselves: the case by which they came; "
        "without, units that were bought.",
    )

    def wish(self, place: int) -> LineWish:
        """What is asked for; a BAD_INPUT fault for an id that is none."""
        replacement, exchange = None, None
        if self.replacement_id is not None:
            argument = f"lines.{place}.replacementId"
            replacement = key(self.replacement_id, VARIANT, argument=argument).hex
        if self.exchange_id is not None:
            exchange = key(self.exchange_id, CASE, argument=f"lines.{place}.exchangeId").hex
        return LineWish(self.line_number, self.units, self.amount, replacement, exchange)


@strawberry.input(description="What a member may ask for.")
class PreviewCaseInput:
    order_id: strawberry.ID = strawberry.field(description="Of which order.")
    kind: CaseKind = strawberry.field(description="What is asked for.")
    reason: CaseReason = strawberry.field(description="Why.")
    lines: list[CaseLineInput] = strawberry.field(
        description="Of which lines, at most 100: all by units, or all by amounts."
    )

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")

    @property
    def wish(self) -> CaseWish:
        """What is asked for; nothing is checked yet."""
        lines = tuple(each.wish(place) for place, each in enumerate(self.lines))
        return CaseWish(self.kind, self.reason, lines)


@strawberry.input(description="What a member asks for, by the amount that they were told.")
class OpenCaseInput:
    request_id: UUID = strawberry.field(description=REQUEST_ID)
    order_id: strawberry.ID = strawberry.field(description="Of which order.")
    kind: CaseKind = strawberry.field(description="What is asked for.")
    reason: CaseReason = strawberry.field(description="Why.")
    lines: list[CaseLineInput] = strawberry.field(
        description="Of which lines, at most 100: all by units, or all by amounts."
    )
    note: str = strawberry.field(
        default="", description="What the shop should know, at most 500 characters."
    )
    evidence: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID],
        description="Pictures that show it, at most 9: completed uploads of the purpose EVIDENCE.",
    )
    seen: Fen = strawberry.field(
        description="The `refund` of the preview; another one by now is RefundChanged."
    )

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")

    @property
    def wish(self) -> CaseWish:
        """What is asked for; nothing is checked yet."""
        lines = tuple(each.wish(place) for place, each in enumerate(self.lines))
        return CaseWish(self.kind, self.reason, lines, self.note)

    @property
    def evidence_keys(self) -> list[UUID]:
        """The uploads; a BAD_INPUT fault for an id that is none."""
        return upload_keys(self.evidence, "evidence")


@strawberry.input(description="A case of a member's own.")
class CancelCaseInput:
    request_id: UUID = strawberry.field(description=REQUEST_ID)
    case_id: strawberry.ID = strawberry.field(description="Which case.")

    @property
    def case_key(self) -> UUID:
        """The case's key; a BAD_INPUT fault for an id that is none."""
        return key(self.case_id, CASE, argument="caseId")


@strawberry.input(description="A parcel with goods that come back.")
class SendCaseBackInput:
    request_id: UUID = strawberry.field(description=REQUEST_ID)
    case_id: strawberry.ID = strawberry.field(description="Of which case.")
    carrier: Carrier = strawberry.field(description="Who brings it.")
    tracking_number: str = strawberry.field(description=NUMBER)

    @property
    def case_key(self) -> UUID:
        """The case's key; a BAD_INPUT fault for an id that is none."""
        return key(self.case_id, CASE, argument="caseId")

    @property
    def parcel(self) -> Parcel:
        """The parcel; nothing is checked yet."""
        return Parcel(self.carrier, tracking_number(self.tracking_number))


def upload_keys(given: list[strawberry.ID], argument: str) -> list[UUID]:
    """The uploads behind ids; a BAD_INPUT fault for one that is none."""
    return [key(each, UPLOAD, argument=f"{argument}.{place}") for place, each in enumerate(given)]
