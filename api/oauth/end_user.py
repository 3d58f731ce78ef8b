"""Who sits before a browser in which a client asks for their yes, and how they sign in there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.kernel.ids import public_id
from domain.kernel.language import Language, Sentence
from domain.sessions.actions import Owner


@dataclass(frozen=True, slots=True)
class EndUser:
    """Somebody who is signed in in a browser, and since when."""

    owner: Owner
    name: str
    authenticated_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A page to show: its template, and what it says."""

    template: str
    says: Mapping[str, object] = field(default_factory=dict[str, object])
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a browser: what the client asks for, and who the browser is.

    ``secret`` is what its cookie holds, also where nobody is signed in.
    """

    parameters: Mapping[str, str]
    secret: str
    address: str
    language: Language


class SignIn(Protocol):
    """How people of one kind sign in in a browser: their pages, and what becomes of their forms.

    ``scopes`` says what each scope lets a client do, as these people are told.
    """

    scopes: Mapping[str, Sentence]

    async def end_user(self, secret: str) -> EndUser | Page | None:
        """Who is signed in in a browser; a page for somebody who is kept out. For the `Driver`."""
        ...

    async def first_page(self) -> Page:
        """Where signing in begins. For the `Driver`."""
        ...

    async def submitted(
        self, form: Mapping[str, str], visit: Visit, new_secret: str
    ) -> Page | None:
        """Take one of the pages' forms: the next page, or None where somebody has signed in.

        From then on a browser with the new secret stands for them, and the one it had for nobody.
        """
        ...

    async def sign_out(self, secret: str) -> None:
        """Let the browser stand for nobody. For the `Driver`."""
        ...


def subject_of(owner: Owner) -> str:
    """How clients know a person: the same for all, and as the schema names them."""
    if owner.member_id is not None:
        return public_id("member", owner.member_id)
    assert owner.staff_id is not None
    return public_id("staff", owner.staff_id)
