"""Staff for the tests of their sign-in: people with passwords, and the client they sign in by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

import httpx
from pyotp.totp import TOTP

from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import new_id
from domain.kernel.sealing import Vault, master_keys
from domain.sessions import actions
from domain.sessions.clients import NewClient
from domain.sessions.models import Client
from domain.sessions.rules import STAFF_SCOPES, Grant
from domain.staff import credentials
from domain.staff.credentials import TOTP_PURPOSE, recovery_digest
from domain.staff.models import RecoveryCode, StaffMember, StaffStore
from tests.api.client import Api
from tests.api.oauth.browser import REDIRECT_URI, VERIFIER, Browser, asked, told
from tests.api.oauth.desk import RANDOM, ask, bearer, refresh, register
from tests.conftest import MASTER_KEY

PASSWORD = "山茶花开 camellia"  # noqa: S105 - opens the malls of tests only
OTHER_PASSWORD = "another long one 2026"  # noqa: S105
HASH = credentials.hashed(PASSWORD)
SECRET = b"12345678901234567890"
VAULT = Vault(master_keys(MASTER_KEY))
OFFICE = NewClient(
    "office", "<后台>", (Grant.AUTHORIZATION_CODE, Grant.REFRESH), STAFF_SCOPES, (REDIRECT_URI,)
)
"""A public client of the staff, as the playground is one."""


class Later:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = system_clock()

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Person:
    """Somebody of the staff, with the recovery codes that they have written down."""

    id: UUID
    login: str
    codes: list[str]


async def hire(
    database: Database,
    login: str = "lin",
    *,
    role: Role = Role.OPERATOR,
    is_temporary: bool = False,
    has_totp: bool = False,
    stores: Sequence[UUID] = (),
) -> Person:
    """Make somebody of the staff, with the `PASSWORD`."""
    at = system_clock()
    staff_id = new_id(at, RANDOM)
    codes = [credentials.new_recovery_code(RANDOM) for _ in range(3)] if has_totp else []
    sealed = VAULT.seal(SECRET, purpose=TOTP_PURPOSE, owner=staff_id.hex, random=RANDOM)
    async with database.writes.begin() as session:
        session.add(
            StaffMember(
                id=staff_id,
                login=login,
                name="林小满",
                role=role,
                created_at=at,
                password_hash=HASH,
                is_password_temporary=is_temporary,
                totp_sealed=sealed if has_totp else None,
                totp_confirmed_at=at if has_totp else None,
            )
        )
        await session.flush()
        session.add_all(StaffStore(staff_id=staff_id, store_id=store) for store in stores)
        for code in codes:
            row = RecoveryCode(digest=recovery_digest(code), staff_id=staff_id, created_at=at)
            session.add(row)
    return Person(staff_id, login, codes)


async def row_of(database: Database, person: Person) -> StaffMember:
    """Their row, as it is now."""
    async with database.writes() as session:
        return await session.get_one(StaffMember, person.id)


async def block(database: Database, person: Person) -> None:
    """Keep somebody out, but end nothing that they are signed in with."""
    async with database.writes.begin() as session:
        row = await session.get_one(StaffMember, person.id)
        row.blocked_at, row.block_reason = system_clock(), "已离职"


def code_of(at: datetime, *, steps: int = 0) -> str:
    """What the authenticator shows at a moment, so many steps later."""
    step = int(at.timestamp()) // credentials.STEP_SECONDS + steps
    return TOTP(credentials.totp_words(SECRET)).generate_otp(step)


def office(**changed: str | None) -> str:
    """The address where the staff's client asks for somebody."""
    return asked(**({"client_id": "office", "scope": "staff", "nonce": None} | changed))


async def enter(browser: Browser, login: str, password: str = PASSWORD) -> httpx.Response:
    """Open the page anew and type a login and a password."""
    await browser.open(office())
    return await browser.press("sign_in", login=login, password=password)


async def tokens(api: Api, browser: Browser, **changed: str | None) -> httpx.Response:
    """Say yes on the consent page that is shown, and change the code for tokens."""
    code = told(await browser.press("allow"))["code"]
    return await redeem(api, code)


async def redeem(api: Api, code: str, client_id: str = "office") -> httpx.Response:
    """Change a code for tokens."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
        "client_id": client_id,
    }
    return await ask(api, form=form)


async def as_staff(api: Api, database: Database, person: Person) -> dict[str, str]:
    """The header that makes a request theirs, without the pages before it."""
    async with database.writes() as session:
        is_known = await session.get(Client, OFFICE.id) is not None
    if not is_known:
        await register(database, OFFICE, with_secret=False)
    token = Random(person.id.int).randbytes(32).hex()
    at = system_clock()
    async with database.writes.begin() as session:
        owner = actions.Owner(staff_id=person.id)
        begun = await actions.start_session(
            session, OFFICE.id, owner, scopes=["staff"], at=at, random=RANDOM
        )
        await actions.keep_refresh_token(session, begun, token, parent=None, at=at)
    answer = await refresh(api, token, OFFICE.id)
    assert answer.status_code == 200, answer.text
    return bearer(answer.json()["access_token"])
