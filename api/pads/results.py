"""What changes of pads answer with: successes, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.pads.types import PadType
from api.refusals import InvalidInput, Refusal, refusal
from domain.kernel.language import Sentence
from domain.sessions import errors
from domain.sessions.pad_views import PadView


class PadSavedView(msgspec.Struct, frozen=True):
    """The struct behind `PadSaved`."""

    pad: PadView


@strawberry.type(description="The pad was written.")
class PadSaved:
    pad: PadType = strawberry.field(description="The pad as it is now.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, PadSavedView)


@refusal(errors.PadUnavailable, Sentence(zh="没有这台平板。", en="There is no such pad."))
@strawberry.type(description="There is no such pad, or it stands in a store of others.")
class PadUnavailable(Refusal):
    pass


RenamePadResult = Annotated[
    PadSaved | PadUnavailable | InvalidInput,
    strawberry.union("RenamePadResult", description="The pad, or why it keeps its name."),
]
RevokePadResult = Annotated[
    PadSaved | PadUnavailable | InvalidInput,
    strawberry.union("RevokePadResult", description="The pad, or why it was not revoked."),
]
