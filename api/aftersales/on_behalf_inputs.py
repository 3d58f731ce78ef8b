"""What staff send to open cases for members."""

from uuid import UUID

import strawberry

from api.aftersales.enums import CaseKind, CaseReason
from api.aftersales.inputs import CaseLineInput, upload_keys
from api.ids import key
from domain.aftersales.on_behalf import AskedForMember
from domain.aftersales.opening import Asked
from domain.aftersales.rules import CaseWish
from domain.kernel.money import Fen
from domain.orders.views.structs import ORDER


@strawberry.input(description="What a case of an order would be opened for.")
class StaffPreviewCaseInput:
    order_id: strawberry.ID = strawberry.field(description="Of which order.")
    kind: CaseKind = strawberry.field(description="What is asked for.")
    case_reason: CaseReason = strawberry.field(description="Why it is asked for.")
    lines: list[CaseLineInput] = strawberry.field(
        description="Of which lines, at most 100: all by units, or all by amounts."
    )
    exception: str | None = strawberry.field(
        default=None,
        description="Why an exception is made, which the member reads, at most 500 characters: "
        "then neither the time for it counts, nor that goods were made for the member, and the "
        "case waits for the shop's answer.",
    )

    @property
    def order_key(self) -> UUID:
        """The order's key; a BAD_INPUT fault for an id that is none."""
        return key(self.order_id, ORDER, argument="orderId")

    @property
    def wish(self) -> CaseWish:
        """What is asked for; nothing is checked yet."""
        lines = tuple(each.wish(place) for place, each in enumerate(self.lines))
        return CaseWish(self.kind, self.case_reason, lines)


@strawberry.input(description="A case that is opened for an order's member.")
class StaffOpenCaseInput(StaffPreviewCaseInput):
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    note: str = strawberry.field(
        default="", description="What the member said about it, at most 500 characters."
    )
    evidence: list[strawberry.ID] = strawberry.field(
        default_factory=list[strawberry.ID],
        description="Pictures that show it, at most 9: completed uploads of the purpose EVIDENCE.",
    )
    seen: Fen = strawberry.field(
        description="The `refund` of the preview; another one by now is RefundChanged."
    )
    seen_cases: int = strawberry.field(
        description="The `cases` of the preview; others by now are CasesChanged, so that of two "
        "people who hear of one thing one opens a case."
    )
    reason: str = strawberry.field(
        description="Why it is opened, for the audit trail, at most 500 characters."
    )

    @property
    def wish(self) -> CaseWish:
        """What is asked for; nothing is checked yet."""
        lines = tuple(each.wish(place) for place, each in enumerate(self.lines))
        return CaseWish(self.kind, self.case_reason, lines, self.note)

    @property
    def asked(self) -> AskedForMember:
        """The whole; a BAD_INPUT fault for an id that is none."""
        asked = Asked(self.wish, upload_keys(self.evidence, "evidence"), self.seen)
        return AskedForMember(asked, self.seen_cases, self.exception, self.reason)
