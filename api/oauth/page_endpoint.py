"""What the endpoints have in common that people see: pages by GET, and their forms by POST."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.attempts import Attempts, Limit
from api.errors import STATUS_BY_CODE
from api.language import language_of
from api.oauth.beginning import Beginning
from api.oauth.browsers import Browsers
from api.oauth.driver import Driver
from api.oauth.end_user import Page, Visit
from api.oauth.forms import read_form, read_query
from api.oauth.pages.rendering import message, page_response, redirect
from api.oauth.pages.words import NOT_OURS
from api.wire import Unreadable
from domain.kernel.errors import Fault
from domain.kernel.language import Language, Sentence

VISITS = Limit("oauth_visits", most=1_200, seconds=60)
"""Pages that one address may ask for: a store's network may stand for hundreds of members."""
SUBMISSIONS = Limit("oauth_submissions", most=300, seconds=60)
"""Forms that one address may send."""


@dataclass(frozen=True, slots=True)
class Onward:
    """Where the browser is sent, and what it keeps from now on."""

    location: str
    new_secret: str | None = None


Outcome = Page | Onward
"""What becomes of a request of a browser."""


@dataclass(frozen=True, slots=True)
class Door:
    """What each endpoint for people needs: transactions, browsers, and bounds on who asks."""

    driver: Driver
    browsers: Browsers
    attempts: Attempts
    beginning: Beginning


class PageEndpoint(ABC):
    """One address with pages. Nothing is remembered between two of them.

    A form counts only if it is not `Browsers.foreign`; what cannot be carried out is a page too.
    """

    def __init__(self, door: Door, path: str) -> None:
        self._driver = door.driver
        self._browsers = door.browsers
        self._attempts = door.attempts
        self._beginning = door.beginning
        self._path = path

    def routes(self) -> list[Route]:
        """Where the endpoint is."""
        return [
            Route(self._path, self.ask, methods=["GET"]),
            Route(self._path, self.submit, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the page for whoever is signed in, or the way to sign in."""

        async def shown(visit: Visit) -> Outcome:
            return await self._driver.run(partial(self._shown, visit))

        return await self._answer(request, shown)

    async def submit(self, request: Request) -> Response:
        """Take a form of one of the pages."""

        async def taken(visit: Visit) -> Outcome:
            form = await read_form(request)
            foreign = self._browsers.foreign(request, form)
            if foreign is not None:
                return message(NOT_OURS[foreign], 403)
            await self._attempts.take(SUBMISSIONS, visit.address)
            return await self._submitted(form, visit)

        return await self._answer(request, taken)

    @abstractmethod
    def _shown(self, visit: Visit) -> Outcome:
        """The next page. Runs in the `Driver`."""

    @abstractmethod
    async def _submitted(self, form: Mapping[str, str], visit: Visit) -> Outcome:
        """What becomes of a form of our own."""

    @abstractmethod
    def _here(self, parameters: Mapping[str, str]) -> str:
        """This endpoint's address with what it was asked."""

    async def _answer(
        self, request: Request, outcome_of: Callable[[Visit], Awaitable[Outcome]]
    ) -> Response:
        language = language_of(request.headers.get("accept-language"))
        known = self._browsers.secret_of(request)
        secret = known or self._browsers.new_secret()
        address = request.client.host if request.client else ""
        parameters: Mapping[str, str] = {}
        try:
            await self._attempts.take(VISITS, address)
            await self._beginning.make()
            parameters = read_query(request)
            outcome = await outcome_of(Visit(parameters, secret, address, language))
        except Unreadable as unreadable:
            outcome = _fault_page(unreadable.fault, unreadable.status, language)
        except Fault as fault:
            outcome = _fault_page(fault, STATUS_BY_CODE[fault.code], language)
        if isinstance(outcome, Onward):
            response = redirect(outcome.location)
            if outcome.new_secret is not None:
                self._browsers.keep(response, outcome.new_secret)
            return response
        token = self._browsers.csrf_token(secret)
        response = page_response(
            outcome, language, form_action=self._here(parameters), csrf_token=token
        )
        if known is None:
            self._browsers.keep(response, secret)
        return response


def _fault_page(fault: Fault, status: int, language: Language) -> Page:
    """Says why a request could not be carried out."""
    wait = fault.retry_after_seconds
    told = Sentence(zh="{told}", en="{told}")
    return message(
        told,
        status,
        title="stopped" if wait is None else "busy",
        particulars={"told": fault.told_in(language)},
        headers={} if wait is None else {"retry-after": str(wait)},
    )
