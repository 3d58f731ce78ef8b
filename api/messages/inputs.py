"""What members send about their messages."""

from uuid import UUID

import strawberry

from api.ids import key
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.kernel.paging import LARGEST_PAGE
from domain.messages.views import MESSAGE
from domain.messages.words import MessageKind, Topic

_MOST_ANSWERS = 10
_TOO_MANY = Sentence(
    zh="参数 {argument} 最多 {most} 项。",
    en="The argument {argument} may have at most {most} items.",
)


@strawberry.input(description="Messages that were read.")
class MarkMessagesReadInput:
    message_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="At most 100 of the member's own messages; all of them where it is left out.",
    )

    def keys(self) -> list[UUID] | None:
        """The messages' keys; BAD_INPUT faults for too many and for an id that is none."""
        if self.message_ids is None:
            return None
        if len(self.message_ids) > LARGEST_PAGE:
            raise BadInput(_TOO_MANY, argument="messageIds", most=LARGEST_PAGE)
        return [key(each, MESSAGE, argument="messageIds") for each in self.message_ids]


@strawberry.input(description="What a member said to one template.")
class MessagePermitAnswer:
    kind: MessageKind = strawberry.field(description="The kind whose template it is.")
    is_accepted: bool = strawberry.field(
        description="Whether WeChat answered `accept`; anything else is a no."
    )


@strawberry.input(description="What `wx.requestSubscribeMessage` has answered.")
class RecordMessagePermitsInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this tap: sent again, it gets the first answer."
    )
    answers: list[MessagePermitAnswer] = strawberry.field(
        description="What the member said to each template, at most 10."
    )

    def answered(self) -> dict[MessageKind, bool]:
        """Each answer by its kind; a BAD_INPUT fault for too many."""
        if len(self.answers) > _MOST_ANSWERS:
            raise BadInput(_TOO_MANY, argument="answers", most=_MOST_ANSWERS)
        return {each.kind: each.is_accepted for each in self.answers}


@strawberry.input(description="What a member wants to be told outside the mall.")
class ChooseMessagesInput:
    topic: Topic = strawberry.field(description="The topic.")
    is_told_outside: bool = strawberry.field(description="Whether they want messages of it.")
