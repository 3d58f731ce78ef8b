"""How staff sign in in a browser: login and password, an authenticator, a password of their own."""

from collections.abc import Awaitable, Callable, Mapping

from typing_extensions import override

from api.hashing import Hashing
from api.lock_outs import LockOuts
from api.oauth import staff_steps
from api.oauth.driver import Driver, awaited, unit
from api.oauth.end_user import EndUser, Page, SignIn, Visit
from api.oauth.errors import Told, telling
from api.oauth.pages import words
from api.oauth.refusals import Refusals
from api.oauth.staff_steps import blocked_page, noted, own_password_page, password_page
from domain.sessions import browsers
from domain.sessions.actions import Owner
from domain.staff import signing_in
from domain.staff.credentials import problems_of_new_password
from domain.staff.rules import problems_of_login, tidy_login
from domain.staff.signing_in import LockedOut, Tried

SIGN_IN, CODE, USE_RECOVERY, USE_CODE = "sign_in", "code", "use_recovery", "use_code"
RECOVER, CHOOSE, CONTINUE = "recover", "choose", "continue"
"""The steps that the buttons of the pages name."""
_LONGEST_LOGIN, _LONGEST_SECRET = 100, 1_000


class StaffSignIn(SignIn):
    """Staff, by login and password, and by an authenticator where they have one."""

    scopes = words.SCOPES_OF_STAFF

    def __init__(
        self, driver: Driver, hashing: Hashing, lock_outs: LockOuts, refusals: Refusals
    ) -> None:
        self._driver = driver
        self._hashing = hashing
        self._lock_outs = lock_outs
        self._refusals = refusals

    @override
    async def end_user(self, secret: str) -> EndUser | Page | None:
        """The member of the staff who is signed in; a page with the reason for one blocked."""
        this = unit()
        person = await browsers.browser_staff(this.session, secret, at=this.at)
        if person is None:
            return None
        if person.block_reason is not None:
            return blocked_page(person.block_reason)
        return EndUser(Owner(staff_id=person.id), person.name, person.authenticated_at)

    @override
    async def first_page(self) -> Page:
        """Asks for login and password."""
        return password_page()

    @override
    async def submitted(
        self, form: Mapping[str, str], visit: Visit, new_secret: str
    ) -> Page | None:
        """Take one step of signing in. Faults: `Busy`."""
        steps: Mapping[str, Callable[[], Awaitable[Page | None]]] = {
            USE_RECOVERY: lambda: staff_steps.other_factor(form, visit, with_recovery=True),
            USE_CODE: lambda: staff_steps.other_factor(form, visit, with_recovery=False),
            CODE: lambda: staff_steps.by_code(form, visit, new_secret),
            RECOVER: lambda: staff_steps.by_recovery_code(form, visit),
            CONTINUE: lambda: staff_steps.continued(form, visit, new_secret),
        }
        step = form.get("step", "")
        if step == SIGN_IN:
            return await self._by_password(form, visit, new_secret)
        if step == CHOOSE:
            return await self._own_password(form, visit, new_secret)
        if step in steps:
            return await self._driver.run(lambda: awaited(steps[step]()))
        return password_page()

    @override
    async def sign_out(self, secret: str) -> None:
        """Nobody is signed in in this browser any more; the clients they let in stay."""
        this = unit()
        await browsers.end_browser(this.session, secret, at=this.at)

    async def _by_password(
        self, form: Mapping[str, str], visit: Visit, new_secret: str
    ) -> Page | None:
        """Charge a try, look at it, and go on; no transaction waits for the hash."""
        login = tidy_login(form.get("login", "")[:_LONGEST_LOGIN])
        password = form.get("password", "")[:_LONGEST_SECRET]
        async with self._hashing.turn() as turn:
            earliest = self._refusals.earliest()
            tried = await self._tried(login)
            kept = tried.password_hash if isinstance(tried, Tried) else None
            is_right = not isinstance(tried, LockedOut) and await turn.is_right(password, kept)
        if isinstance(tried, Tried) and is_right:
            return await self._driver.run(
                lambda: awaited(staff_steps.with_password(tried, visit, new_secret))
            )
        await self._refusals.wait(earliest)
        if isinstance(tried, LockedOut):
            noted("password", "locked_out", None)
            return staff_steps.locked_out_page(tried)
        noted("password", "wrong", tried.staff_id if tried else None)
        return password_page(words.WRONG_PASSWORD, login=login)

    async def _tried(self, login: str) -> Tried | LockedOut | None:
        """Charge a try, to somebody or to a login that nobody has; both lock alike.

        What can be no login is not counted at all: whoever types that learns nothing from it.
        """
        if any(problems_of_login(login)):
            return None
        tried = await self._driver.run(
            lambda: awaited(signing_in.try_password(unit().session, login, at=unit().at))
        )
        if tried is None:
            seconds = await self._lock_outs.charge(login)
            return None if seconds is None else LockedOut(seconds)
        return tried

    async def _own_password(
        self, form: Mapping[str, str], visit: Visit, new_secret: str
    ) -> Page | None:
        """Put their own password in the place of the one that somebody else has chosen."""
        chooser = await self._driver.run(lambda: awaited(staff_steps.chooser(form, visit)))
        if isinstance(chooser, Page):
            return chooser
        password = form.get("password", "")
        async with self._hashing.turn() as turn:
            is_same = await turn.is_right(password[:_LONGEST_SECRET], chooser.password_hash)
            problems: list[Told] = [
                each.told_in
                for each in problems_of_new_password(password, chooser.login, is_same=is_same)
            ]
            if not problems and password != form.get("again", ""):
                problems.append(telling(words.NOT_TWICE))
            if not problems:
                new_hash = await turn.hashed(password)
                return await self._driver.run(
                    lambda: awaited(staff_steps.chosen(chooser.half, new_hash, visit, new_secret))
                )
        return await self._driver.run(lambda: own_password_page(chooser.half, visit, problems[0]))
