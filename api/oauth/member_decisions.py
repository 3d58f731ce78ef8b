"""What the log says of members who sign in: one line for each decision, by the member's id.

No phone, no openid, no code and no token stands in it, and nothing that a caller could choose.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.kernel.logs import logger
from domain.sessions.rules import Grant

_LOG = logger(__name__)
BROWSER = "browser"
_WAYS: Mapping[str, str] = {Grant.WECHAT: "wechat", Grant.PHONE_CODE: "phone_code"}
"""How members sign in, by the grant."""


def note_signed_in(member_id: UUID, client_id: str, grant: str) -> None:
    """A member was signed in by a client of ours."""
    _LOG.info(
        "member.signed_in", member_id=str(member_id), client_id=client_id, way=_WAYS.get(grant)
    )


def note_signed_in_at_browser(member_id: UUID) -> None:
    """A member was signed in on the mall's own pages."""
    _LOG.info("member.signed_in", member_id=str(member_id), client_id=None, way=BROWSER)


def note_answer(grant: str | None, body: Mapping[str, Any]) -> None:
    """The answer of the token endpoint: of what it refuses a person, and not of wrong requests."""
    way = _WAYS.get(grant or "")
    if way is not None and "code" in body:
        note_refused(way, body)


def note_refused(way: str, body: Mapping[str, Any]) -> None:
    """A member was not signed in, for a reason in the words of the answer."""
    _LOG.warning("member.sign_in_refused", way=way, outcome=body["code"])
