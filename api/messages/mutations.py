"""What members can do with their messages."""

from typing import Annotated

import strawberry

from api.access import Access
from api.context import Info
from api.messages import results
from api.messages.inputs import (
    ChooseMessagesInput,
    MarkMessagesReadInput,
    RecordMessagePermitsInput,
)
from api.refusals import root_mutation
from domain.kernel.db import WriteSession
from domain.messages import inbox, permits, views
from domain.messages.permits import Answers, RecordedPermits

_Input = strawberry.argument(name="input", description="What.")


@strawberry.type
class MessageMutation:
    """Changes of messages by whose they are."""

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.MarkMessagesReadResult,
        description="Note that the caller has read some of their own messages, or all. Once more "
        "it changes nothing, so it has no requestId.",
    )
    async def mark_messages_read(
        self, info: Info, given: Annotated[MarkMessagesReadInput, _Input]
    ) -> results.MessagesReadView:
        context, member, keys = info.context, info.context.member(), given.keys()
        async with context.writing() as session:
            await inbox.mark_read(session, member.id, keys, at=context.now())
        return results.MessagesReadView(await views.unread_count(context.reads, member.id))

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.RecordMessagePermitsResult,
        description="Take down what the caller said to templates of messages. Each yes is good for "
        "one message; a no ends what they accepted of that template before.",
    )
    async def record_message_permits(
        self, info: Info, given: Annotated[RecordMessagePermitsInput, _Input]
    ) -> results.MessagePermitsRecordedView:
        context, member, answered = info.context, info.context.member(), given.answered()
        ids = context.templates.ids
        answers = Answers(
            given.request_id, {ids[kind]: yes for kind, yes in answered.items() if kind in ids}
        )

        async def act(session: WriteSession) -> RecordedPermits:
            return await permits.record_permits(
                session, member.id, answers, at=context.now(), random=context.random
            )

        await context.once(
            "recordMessagePermits", given.request_id, given, act, answer=RecordedPermits
        )
        left = await views.templates(context.reads, member.id, ids)
        return results.MessagePermitsRecordedView(left)

    @root_mutation(
        access=Access.MEMBER,
        graphql_type=results.ChooseMessagesResult,
        description="Say whether to be told of a topic outside the mall. The same once more "
        "changes nothing, so it has no requestId.",
    )
    async def choose_messages(
        self, info: Info, given: Annotated[ChooseMessagesInput, _Input]
    ) -> results.MessageChoiceSavedView:
        context, member = info.context, info.context.member()
        async with context.writing() as session:
            await permits.choose(
                session,
                member.id,
                given.topic,
                is_told_outside=given.is_told_outside,
                at=context.now(),
            )
        return results.MessageChoiceSavedView(await views.choices(context.reads, member.id))
