"""What changes of messages answer with: successes, refusals, and their unions."""

from typing import Annotated

import msgspec
import strawberry

from api.members.results import MemberBlocked
from api.messages.types import MessageChoice, MessageTemplate
from domain.messages.views import ChoiceView, TemplateView


class MessagesReadView(msgspec.Struct, frozen=True):
    """The struct behind `MessagesRead`."""

    unread_message_count: int


class MessagePermitsRecordedView(msgspec.Struct, frozen=True):
    """The struct behind `MessagePermitsRecorded`."""

    templates: list[TemplateView]


class MessageChoiceSavedView(msgspec.Struct, frozen=True):
    """The struct behind `MessageChoiceSaved`."""

    choices: list[ChoiceView]


@strawberry.type(description="The messages count as read.")
class MessagesRead:
    unread_message_count: int = strawberry.field(
        description="How many are unread now, counted up to 100."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MessagesReadView)


@strawberry.type(description="What the member said to the templates is taken down.")
class MessagePermitsRecorded:
    templates: list[MessageTemplate] = strawberry.field(
        description="All templates, with the permits that are left now."
    )

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MessagePermitsRecordedView)


@strawberry.type(description="What the member wants is taken down.")
class MessageChoiceSaved:
    choices: list[MessageChoice] = strawberry.field(description="What stands for each topic.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, MessageChoiceSavedView)


MarkMessagesReadResult = Annotated[
    MessagesRead,
    strawberry.union("MarkMessagesReadResult", description="How noting it went."),
]
RecordMessagePermitsResult = Annotated[
    MessagePermitsRecorded | MemberBlocked,
    strawberry.union("RecordMessagePermitsResult", description="How taking it down went."),
]
ChooseMessagesResult = Annotated[
    MessageChoiceSaved,
    strawberry.union("ChooseMessagesResult", description="How taking it down went."),
]
