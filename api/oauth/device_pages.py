"""``/oauth/device``: where somebody in charge lets a device in as a pad of a store."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from typing_extensions import override

from api.attempts import Limit
from api.oauth.devices import DEVICE_PATH
from api.oauth.driver import awaited, unit
from api.oauth.end_user import EndUser, Page, SignIn, Visit
from api.oauth.errors import Told
from api.oauth.page_endpoint import Door, Onward, Outcome, PageEndpoint
from api.oauth.pages.device_words import CODE_UNUSABLE, LET_IN, MAY_NOT, NO_STORES, TURNED_AWAY
from api.oauth.pages.rendering import message
from domain.kernel.actors import By, Staff
from domain.kernel.errors import InvalidInput
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


class DevicePages(PageEndpoint):
    """Type the code, see what asks and choose the store, then let it in or turn it away.

    ``sign_in`` is that of the staff: who is not signed in does that first and comes back. Each
    step asks anew who it is and whether the code still waits, so nothing is kept between two
    pages; a code that does not is never told apart from one that was never given.
    """

    def __init__(self, door: Door, sign_in: SignIn) -> None:
        super().__init__(door, DEVICE_PATH)
        self._sign_in = sign_in

    @override
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

    @override
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

    @override
    def _here(self, parameters: Mapping[str, str]) -> str:
        return _here(parameters)


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
