"""The GraphQL types of differences, and what seeing to one answers with."""

from datetime import datetime
from typing import Annotated

import msgspec
import strawberry

from api.reconciliation.enums import BillKind, DifferenceKind, LineKind, Resolution
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.language import Sentence
from domain.kernel.money import Fen
from domain.reconciliation import errors


class DifferenceResolvedView(msgspec.Struct, frozen=True):
    """The struct behind `ReconciliationDifferenceResolved`."""

    difference_id: str


@strawberry.type(
    description="Something that a bill of the gateway's and our books do not tell alike."
)
class ReconciliationDifference:
    id: strawberry.ID = strawberry.field(description="Which one.")
    bill: BillKind = strawberry.field(description="The bill that it was found in.")
    day: str = strawberry.field(
        description="The day of the bill in Shanghai, such as 2026-11-27; where the bill lacks it, "
        "the day on which it succeeded here."
    )
    subject: LineKind = strawberry.field(description="What it is of.")
    number: str = strawberry.field(
        description="What that bill calls it by: among TRADES `out_trade_no` or `out_refund_no`, "
        "which begin with the order's number; among FUNDS the gateway's own number."
    )
    kind: DifferenceKind = strawberry.field(description="What is not the same.")
    ours_fen: Fen | None = strawberry.field(
        name="ours", description="The amount here; null where there is none."
    )
    theirs_fen: Fen | None = strawberry.field(
        name="theirs", description="The amount in the bill; null where it is not in it."
    )
    ours_state: str | None = strawberry.field(
        description="How it stands here; null where it is not."
    )
    theirs_state: str | None = strawberry.field(
        description="How it stood when the bill was made; null where it is not in it."
    )
    fee_millifen: int | None = strawberry.field(
        description="The gateway's fee in thousandths of a fen, negative where it came back; null "
        "where the bill does not have it."
    )
    found_at: datetime = strawberry.field(description="When it was found.")
    age_seconds: int = strawberry.field(description="How long it is open, or was.")
    resolved_at: datetime | None = strawberry.field(description="When it ended; null until then.")
    resolution: Resolution | None = strawberry.field(
        description="What ended it; null while it is open."
    )
    resolved_by: str | None = strawberry.field(
        description="The name of who has seen to it; null where nobody has."
    )
    reason: str | None = strawberry.field(
        description="What they said of it; null where nobody has."
    )


@strawberry.type(description="The difference has ended. No money moves by that.")
class ReconciliationDifferenceResolved:
    difference_id: strawberry.ID = strawberry.field(description="Which one.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, DifferenceResolvedView)


@refusal(
    errors.DifferenceUnavailable, Sentence(zh="没有这条差异。", en="There is no such difference.")
)
@strawberry.type(description="There is no difference with that id.")
class DifferenceUnavailable(Refusal):
    pass


@refusal(
    errors.DifferenceResolved,
    Sentence(zh="该差异已处理或已对平。", en="This difference has ended already."),
)
@strawberry.type(description="The difference is not open any more.")
class DifferenceResolved(Refusal):
    pass


ResolveDifferenceResult = Annotated[
    ReconciliationDifferenceResolved | DifferenceUnavailable | DifferenceResolved | InvalidInput,
    strawberry.union("ResolveDifferenceResult", description="How seeing to a difference went."),
]
