"""The steps of staff who sign in, each in a transaction of the `Driver`: what comes of a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from api.oauth.driver import unit
from api.oauth.end_user import Page, Visit
from api.oauth.errors import Told, telling
from api.oauth.half_sign_ins import opened, sealed
from api.oauth.pages import words
from api.oauth.pages.rendering import message
from api.oauth.tokens import BLOCKED
from domain.kernel.language import Sentence
from domain.kernel.logs import logger
from domain.kernel.metrics import STAFF_SIGN_INS
from domain.sessions import browsers
from domain.sessions.actions import Owner, end_all_of_staff
from domain.sessions.rules import EndReason
from domain.staff import signing_in
from domain.staff.credentials import SHORTEST_PASSWORD
from domain.staff.signing_in import HalfSignIn, LockedOut, Step, Tried, Wrong
from domain.staff.statements import StaffBlocked

_LOG = logger(__name__)
_HALF = "half"
"""The field that carries a half sign-in from one page to the next."""


@dataclass(frozen=True, slots=True)
class Chooser:
    """Somebody who has shown all there is to show, and has to choose a password of their own."""

    half: HalfSignIn
    login: str
    password_hash: str


async def with_password(tried: Tried, visit: Visit, new_secret: str) -> Page | None:
    """Go on after a password that is right."""
    this, staff_id = unit(), tried.staff_id
    try:
        outcome = await signing_in.take_password(this.session, tried, at=this.at)
    except StaffBlocked as blocked:
        return _kept_out("password", blocked, staff_id)
    if isinstance(outcome, Wrong):
        noted("password", "wrong", staff_id)
        return password_page(words.WRONG_PASSWORD)
    noted("password", "right", staff_id)
    return await _next(outcome, visit, new_secret)


async def by_code(form: Mapping[str, str], visit: Visit, new_secret: str) -> Page | None:
    """Take a code of the authenticator."""
    this, half = unit(), _half_of(form, visit)
    if half is None:
        return _expired()
    code = form.get("code", "")
    try:
        outcome = await signing_in.take_code(this.session, half, code, this.vault, at=this.at)
    except StaffBlocked as blocked:
        return _kept_out("code", blocked, half.staff_id)
    if isinstance(outcome, HalfSignIn):
        noted("code", "right", half.staff_id)
        return await _next(outcome, visit, new_secret)
    return _refused("code", outcome, half, visit)


async def by_recovery_code(form: Mapping[str, str], visit: Visit) -> Page:
    """Take a code in the place of a lost authenticator's, and say how many are left."""
    this, half = unit(), _half_of(form, visit)
    if half is None:
        return _expired()
    try:
        outcome = await signing_in.take_recovery_code(
            this.session, half, form.get("code", ""), at=this.at, random=this.random
        )
    except StaffBlocked as blocked:
        return _kept_out("recovery_code", blocked, half.staff_id)
    if isinstance(outcome, LockedOut | Wrong):
        return _refused("recovery_code", outcome, half, visit)
    noted("recovery_code", "right", half.staff_id)
    return Page("recovered.html", {_HALF: _sealed(outcome.half, visit), "left": outcome.left})


async def continued(form: Mapping[str, str], visit: Visit, new_secret: str) -> Page | None:
    """Go on after the page that said how many recovery codes are left."""
    half = _half_of(form, visit)
    return _expired() if half is None else await _next(half, visit, new_secret)


async def other_factor(form: Mapping[str, str], visit: Visit, *, with_recovery: bool) -> Page:
    """The page for a code of the other kind."""
    half = _half_of(form, visit)
    return _expired() if half is None else _code_page(half, visit, with_recovery=with_recovery)


async def chooser(form: Mapping[str, str], visit: Visit) -> Chooser | Page:
    """Who has come to choose a password."""
    half = _half_of(form, visit)
    if half is None:
        return _expired()
    try:
        staff = await signing_in.confirmed(unit().session, half, step=Step.OWN_PASSWORD)
    except StaffBlocked as blocked:
        return _kept_out("own_password", blocked, half.staff_id)
    if staff is None or staff.password_hash is None:
        return _expired()
    return Chooser(half, staff.login, staff.password_hash)


async def chosen(half: HalfSignIn, new_hash: str, visit: Visit, new_secret: str) -> Page | None:
    """Keep the password that somebody has chosen; what was signed in with the other one ends."""
    this = unit()
    try:
        outcome = await signing_in.choose_password(
            this.session, half, new_hash, at=this.at, random=this.random
        )
    except StaffBlocked as blocked:
        return _kept_out("own_password", blocked, half.staff_id)
    if isinstance(outcome, Wrong):
        return _expired()
    await end_all_of_staff(this.session, half.staff_id, EndReason.REVOKED, at=this.at, note=None)
    noted("own_password", "right", half.staff_id)
    return await _next(outcome, visit, new_secret)


def password_page(problem: Sentence | None = None, *, login: str = "") -> Page:
    """Asks for login and password."""
    says = {"problem": problem, "login": login}
    return Page("password.html", says, 400 if problem else 200)


def own_password_page(half: HalfSignIn, visit: Visit, problem: Told | None = None) -> Page:
    """Asks for a password of one's own."""
    says = {"problem": problem, "least": SHORTEST_PASSWORD, _HALF: _sealed(half, visit)}
    return Page("own_password.html", says, 400 if problem else 200)


def locked_out_page(locked: LockedOut) -> Page:
    """Says for how long nothing is tried, whoever it is."""
    return message(
        words.LOCKED_OUT,
        429,
        title="busy",
        particulars={"seconds": locked.seconds},
        headers={"retry-after": str(locked.seconds)},
    )


def blocked_page(reason: str) -> Page:
    """Says why somebody is kept out."""
    return message(BLOCKED, 403, particulars={"reason": reason})


def noted(step: str, outcome: str, staff_id: UUID | None) -> None:
    """Count a step and say so in the log, by the id: a login may be a password typed too early."""
    STAFF_SIGN_INS.labels(step, outcome).inc()
    if outcome != "right":
        who = str(staff_id) if staff_id else None
        _LOG.warning("staff.sign_in_refused", step=step, outcome=outcome, staff_id=who)


async def _next(half: HalfSignIn, visit: Visit, new_secret: str) -> Page | None:
    """The page of the step that is left; None where somebody is signed in."""
    if half.step is Step.CODE:
        return _code_page(half, visit)
    if half.step is Step.OWN_PASSWORD:
        return own_password_page(half, visit)
    this = unit()
    try:
        staff = await signing_in.confirmed(this.session, half, step=Step.DONE)
    except StaffBlocked as blocked:
        return _kept_out("password", blocked, half.staff_id)
    if staff is None:
        return _expired()
    # Another secret than before: whoever knows that one, or has set it, is not signed in.
    await browsers.end_browser(this.session, visit.secret, at=this.at)
    owner = Owner(staff_id=staff.id)
    await browsers.begin_browser(this.session, new_secret, owner, at=this.at)
    _LOG.info("staff.signed_in", staff_id=str(staff.id))
    return None


def _refused(step: str, outcome: LockedOut | Wrong, half: HalfSignIn, visit: Visit) -> Page:
    """What comes of a second factor that opens nothing."""
    if isinstance(outcome, LockedOut):
        noted(step, "locked_out", half.staff_id)
        return locked_out_page(outcome)
    noted(step, "wrong", half.staff_id)
    return _code_page(half, visit, words.WRONG_CODE, with_recovery=step == "recovery_code")


def _kept_out(step: str, blocked: StaffBlocked, staff_id: UUID) -> Page:
    noted(step, "blocked", staff_id)
    return blocked_page(blocked.reason)


def _code_page(
    half: HalfSignIn, visit: Visit, problem: Sentence | None = None, *, with_recovery: bool = False
) -> Page:
    template = "recovery.html" if with_recovery else "authenticator.html"
    told = telling(problem) if problem else None
    says = {"problem": told, _HALF: _sealed(half, visit)}
    return Page(template, says, 400 if problem else 200)


def _expired() -> Page:
    """Begin anew: it took too long, or was begun in another browser or with another password."""
    return password_page(words.TOOK_TOO_LONG)


def _half_of(form: Mapping[str, str], visit: Visit) -> HalfSignIn | None:
    return opened(form.get(_HALF, ""), unit().vault, visit.secret, at=unit().at)


def _sealed(half: HalfSignIn, visit: Visit) -> str:
    return sealed(half, unit().vault, visit.secret, unit().random)
