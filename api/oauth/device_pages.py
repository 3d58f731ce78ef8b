"""``/oauth/device``: where somebody in charge lets a device in as a pad of a store."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.attempts import Attempts, Limit
from api.errors import STATUS_BY_CODE
from api.language import language_of
from api.oauth.authorize import SUBMISSIONS, VISITS, Onward, Outcome, fault_page
from api.oauth.browsers import Browsers
from api.oauth.devices import DEVICE_PATH
from api.oauth.driver import Driver, awaited, unit
from api.oauth.end_user import EndUser, Page, SignIn, Visit
from api.oauth.errors import Told
from api.oauth.forms import read_form, read_query
from api.oauth.pages.device_words import CODE_UNUSABLE, LET_IN, MAY_NOT, NO_STORES, TURNED_AWAY
from api.oauth.pages.rendering import message, page_response, redirect
from api.oauth.pages.words import NOT_OURS
from api.wire import Unreadable
from domain.kernel.actors import By, Staff
from domain.kernel.errors import Fault, InvalidInput
from domain.kernel.ids import key_of, public_id
from domain.kernel.language import Language
from domain.sessions import devices, pads
from domain.sessions.bearers import staff_actor
from domain.sessions.models import DeviceCode
from domain.stores.views import PLACE, stores

USER_CODES = Limit("user_codes", most=60, seconds=600)
"""Codes that may be typed from one address, where several managers may sit."""
USER_CODES_OF_STAFF = Limit("user_codes_of_staff", most=30, seconds=600)
"""Codes that one member of the staff may type: of 20^8, and each pad takes two."""
_FIND, _APPROVE, _REFUSE = "find", "approve", "refuse"
_SIGN_OUT, _CANCEL = "sign_out", "deny"
_NO_STORE = UUID(int=0)


class DevicePages:
    """Type the code, see what asks and choose the store, then let it in or turn it away.

    ``sign_in`` is that of the staff: who is not signed in does that first and comes back. Each
    step asks anew who it is and whether the code still waits, so nothing is kept between two
    pages; a code that does not is never told apart from one that was never given.
    """

    def __init__(
        self, driver: Driver, browsers: Browsers, attempts: Attempts, sign_in: SignIn
    ) -> None:
        self._driver = driver
        self._browsers = browsers
        self._attempts = attempts
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        """Where the pages are."""
        return [
            Route(DEVICE_PATH, self.ask, methods=["GET"]),
            Route(DEVICE_PATH, self.submit, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show where the code is typed, or the way to sign in."""

        async def shown(visit: Visit) -> Outcome:
            return await self._driver.run(partial(self._shown, visit))

        return await self._answer(request, shown)

    async def submit(self, request: Request) -> Response:
        """Take a form of one of the pages."""

        async def taken(visit: Visit) -> Outcome:
            form = await read_form(request)
            if not self._browsers.is_own_form(request, form):
                return message(NOT_OURS, 403)
            await self._attempts.take(SUBMISSIONS, visit.address)
            return await self._submitted(form, visit)

        return await self._answer(request, taken)

    async def _submitted(self, form: Mapping[str, str], visit: Visit) -> Outcome:
        step = form.get("step", "")
        if step in (_FIND, _APPROVE, _REFUSE):
            return await self._typed(step, form, visit)
        if step == _CANCEL:
            return Onward(_here({}))
        new_secret = self._browsers.new_secret()
        if step == _SIGN_OUT:
            await self._driver.run(lambda: awaited(self._sign_in.sign_out(visit.secret)))
            return Onward(_here(visit.parameters), new_secret)
        page = await self._sign_in.submitted(form, visit, new_secret)
        return page or Onward(_here(visit.parameters), new_secret)

    async def _typed(self, step: str, form: Mapping[str, str], visit: Visit) -> Outcome:
        """Carry out a step that names a code: each of them is a try."""
        staff = await self._driver.run(partial(self._approver, visit))
        if staff is None:
            return Onward(_here({"user_code": form.get("user_code", "")}))
        if isinstance(staff, Page):
            return staff
        await self._attempts.take(USER_CODES, visit.address)
        await self._attempts.take(USER_CODES_OF_STAFF, staff.key)
        return await self._driver.run(partial(self._decided, step, form, visit))

    def _shown(self, visit: Visit) -> Outcome:
        """The page for whoever is signed in. Runs in the `Driver`."""
        staff = self._approver(visit)
        if staff is None:
            return awaited(self._sign_in.first_page())
        if isinstance(staff, Page):
            return staff
        return _code_page(staff, visit.parameters.get("user_code", ""))

    def _decided(self, step: str, form: Mapping[str, str], visit: Visit) -> Outcome:
        """What becomes of a code that was typed. Runs in the `Driver`."""
        staff, this, typed = self._approver(visit), unit(), form.get("user_code", "")
        if staff is None:
            return Onward(_here({"user_code": typed}))
        if isinstance(staff, Page):
            return staff
        asked = awaited(devices.pending(this.session, this.vault, typed, at=this.at))
        if asked is None:
            return _code_page(staff, typed, is_refused=True)
        if step == _REFUSE:
            awaited(devices.deny(this.session, asked, staff.id, at=this.at))
            return message(TURNED_AWAY, 200, title="device_decided")
        if step == _APPROVE:
            return awaited(_approved(staff, asked, form))
        return awaited(_found_page(staff, asked, form))

    def _approver(self, visit: Visit) -> Staff | Page | None:
        """Who is signed in; a page for those who let no pads in. Runs in the `Driver`."""
        user = awaited(self._sign_in.end_user(visit.secret))
        if not isinstance(user, EndUser):
            return user
        assert user.owner.staff_id is not None
        staff = awaited(staff_actor(unit().session, user.owner.staff_id))
        return staff if staff.role in pads.APPROVERS else message(MAY_NOT, 403)

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
            parameters = read_query(request)
            outcome = await outcome_of(Visit(parameters, secret, address, language))
        except Unreadable as unreadable:
            outcome = fault_page(unreadable.fault, unreadable.status, language)
        except Fault as fault:
            outcome = fault_page(fault, STATUS_BY_CODE[fault.code], language)
        if isinstance(outcome, Onward):
            response = redirect(outcome.location)
            if outcome.new_secret is not None:
                self._browsers.keep(response, outcome.new_secret)
            return response
        token = self._browsers.csrf_token(secret)
        response = page_response(outcome, language, form_action=_here(parameters), csrf_token=token)
        if known is None:
            self._browsers.keep(response, secret)
        return response


async def _approved(staff: Staff, asked: DeviceCode, form: Mapping[str, str]) -> Page:
    this = unit()
    store_id = key_of(form.get("store", ""), PLACE) or _NO_STORE
    by = By(staff, this.at, this.random)
    try:
        await pads.approve(this.session, asked, store_id, form.get("name", ""), by=by)
    except InvalidInput as invalid:
        # Refused before anything was written.
        return await _found_page(staff, asked, form, problem=_telling(invalid))
    return message(LET_IN, 200, title="device_decided")


def _code_page(staff: Staff, typed: str, *, is_refused: bool = False) -> Page:
    says = {
        "name": staff.name,
        "user_code": devices.shown(typed),
        "problem": CODE_UNUSABLE if is_refused else None,
    }
    return Page("device.html", says, 400 if is_refused else 200)


async def _found_page(
    staff: Staff, asked: DeviceCode, form: Mapping[str, str], *, problem: Told | None = None
) -> Page:
    """What asks, and the stores where this member of the staff may put it."""
    this = unit()
    choices = [
        {"id": public_id(PLACE, each.id), "zh": each.title_zh, "en": each.title_en}
        for each in await stores(this.session, staff.store_ids)
    ]
    if not choices:
        return message(NO_STORES, 403)
    says = {
        "name": staff.name,
        "user_code": devices.shown(form["user_code"]),
        "device": asked.device,
        "address": asked.address,
        "minutes": int((this.at - asked.issued_at).total_seconds()) // 60,
        "stores": choices,
        "store": form.get("store", ""),
        "pad_name": form.get("name", ""),
        "most": pads.LONGEST_NAME,
        "problem": problem,
    }
    return Page("device_found.html", says, 400 if problem else 200)


def _telling(invalid: InvalidInput) -> Told:
    """The first thing that is wrong, in the words of the form."""

    def told(language: Language) -> str:
        problem = invalid.problems[0]
        return problem.told_in(language)

    return told


def _here(parameters: Mapping[str, str]) -> str:
    return f"{DEVICE_PATH}?{urlencode(parameters)}" if parameters else DEVICE_PATH
