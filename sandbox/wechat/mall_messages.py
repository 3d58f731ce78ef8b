"""Messages at the mall, as the mini-program asks for permits and shows the inbox."""

from collections.abc import Sequence

from msgspec import Struct, to_builtins

from sandbox.wechat.mall import Answer, Mall

TEMPLATES = "{ messageTemplates { kind templateId permits } }"
INBOX = "{ messages(first: 20) { edges { node { kind title body toldAt readAt } } } }"
RECORD = """
mutation RecordMessagePermits($input: RecordMessagePermitsInput!) {
  recordMessagePermits(input: $input) {
    __typename
    ... on MessagePermitsRecorded { templates { kind templateId permits } }
    ... on Refusal { message }
  }
}
"""


class PermitAnswer(Struct, forbid_unknown_fields=True, rename="camel"):
    """What a member said to the template of a kind."""

    kind: str
    is_accepted: bool


async def templates(mall: Mall, token: str, language: str) -> Answer:
    """Return the templates that the mall would send by, with the permits that are left."""
    return await mall.ask({"query": TEMPLATES}, token, language)


async def inbox(mall: Mall, token: str, language: str) -> Answer:
    """Return what the member was told last."""
    return await mall.ask({"query": INBOX}, token, language)


async def record(
    mall: Mall, token: str, language: str, answers: Sequence[PermitAnswer], *, request_id: str
) -> Answer:
    """Tell the mall what the member said in one tap."""
    given = {"requestId": request_id, "answers": to_builtins(answers)}
    return await mall.ask({"query": RECORD, "variables": {"input": given}}, token, language)
