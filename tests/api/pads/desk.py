"""Stores, their staff and their pads, and how tests let one in and sign in at it over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import httpx

from domain.kernel.actors import Role
from domain.kernel.clock import system_clock
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.sessions import browsers, clients
from domain.sessions.actions import Owner, keep_refresh_token, start_session
from domain.sessions.clients import NewClient
from domain.sessions.models import Client, Pad
from domain.sessions.rules import STAFF_SCOPE, Grant
from domain.staff.credentials import hashed
from domain.staff.models import StaffMember, StaffStore
from domain.stores.models import Place, PlaceKind
from domain.stores.views import PLACE
from tests import make
from tests.api.catalog.desk import a_request
from tests.api.client import Api
from tests.api.members.desk import REASON
from tests.api.oauth.browser import Browser
from tests.api.oauth.desk import RANDOM, ask, bearer, refresh

PIN, WRONG_PIN = "482913", "000001"
STREET, RIVER = "S-STREET", "S-RIVER"
"""The codes of two stores."""


@cache
def pin_hash() -> str:
    """The hash of `PIN`, which takes a while."""
    return hashed(PIN)


async def a_store(database: Database, code: str = STREET) -> UUID:
    """A store."""
    place = Place(
        id=make.an_id(),
        code=code,
        kind=PlaceKind.STORE,
        title_zh=f"门店 {code}",
        title_en=f"Store {code}",
    )
    async with database.writes.begin() as session:
        session.add(place)
    return place.id


async def somebody(
    database: Database,
    login: str,
    role: Role = Role.GUIDE,
    stores: Sequence[UUID] = (),
    *,
    has_pin: bool = True,
) -> UUID:
    """A member of the staff who works in those stores, with `PIN`."""
    key = make.an_id()
    async with database.writes.begin() as session:
        session.add(
            StaffMember(
                id=key,
                login=login,
                name=f"<{login}>",
                role=role,
                created_at=system_clock(),
                pin_hash=pin_hash() if has_pin else None,
            )
        )
        await session.flush()
        session.add_all(StaffStore(staff_id=key, store_id=each) for each in stores)
    return key


async def browser_of(
    api: Api, database: Database, staff_id: UUID, language: str = "zh-CN"
) -> Browser:
    """A browser in which that member of the staff is signed in."""
    secret = clients.new_secret(RANDOM)
    async with database.writes.begin() as session:
        owner = Owner(staff_id=staff_id)
        await browsers.begin_browser(session, secret, owner, at=system_clock())
    return Browser(api, secret, language)


@dataclass
class Shop:
    """A store with its manager, who is signed in in a browser."""

    api: Api
    database: Database
    store_id: UUID
    manager_id: UUID
    browser: Browser

    @property
    def store(self) -> str:
        """The store's public id."""
        return public_id(PLACE, self.store_id)

    async def let_in(self, name: str = "收银台 1") -> "PadInHand":
        """Let a new pad in, as its manager and it do."""
        codes = (await ask_in(self.api)).json()
        answer = await self.approve(codes["user_code"], name)
        assert answer.status_code == 200, answer.text
        body = (await poll(self.api, codes["device_code"])).json()
        async with self.database.writes() as session:
            pads = await session.scalars(Pad.__table__.select().order_by(Pad.id.desc()))
            pad_id = pads.first()
        assert isinstance(pad_id, UUID)
        return PadInHand(self.api, pad_id, body["access_token"], body["refresh_token"])

    async def approve(self, user_code: str, name: str = "收银台 1") -> httpx.Response:
        """Type a code and let what shows it in."""
        await self.browser.open("/oauth/device")
        await self.browser.press("find", user_code=user_code)
        return await self.browser.press("approve", store=self.store, name=name)


@dataclass
class PadInHand:
    """A pad that is signed in."""

    api: Api
    id: UUID
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    async def sign_in(self, login: str, pin: str = PIN, **changed: str) -> httpx.Response:
        """Type a login and a PIN."""
        form = {
            "grant_type": Grant.STAFF_PIN,
            "client_id": "pad",
            "device_token": self.access_token,
            "login": login,
            "pin": pin,
        }
        return await ask(self.api, form=form | changed)


async def a_shop(api: Api, database: Database, code: str = STREET) -> Shop:
    """A store with its manager."""
    store_id = await a_store(database, code)
    manager_id = await somebody(database, f"manager-{code}", Role.STORE_MANAGER, [store_id])
    browser = await browser_of(api, database, manager_id)
    return Shop(api, database, store_id, manager_id, browser)


async def ask_in(api: Api, **form: str) -> httpx.Response:
    """Ask to be let in, as a pad does."""
    whole = {"client_id": "pad", "scope": "pad"} | form
    return await ask(api, "device_authorization", form=whole)


async def poll(api: Api, device_code: str, client_id: str = "pad") -> httpx.Response:
    """Ask what was decided."""
    form = {
        "grant_type": Grant.DEVICE_CODE,
        "client_id": client_id,
        "device_code": device_code,
    }
    return await ask(api, form=form)


async def viewer(api: Api, access_token: str) -> Any:
    """What a pad sees of itself, or the errors."""
    body = await api.run("pad/PadViewer", {"authorization": f"Bearer {access_token}"})
    return body["data"]["padViewer"] if body.get("data") else body["errors"]


@dataclass
class Desk:
    """A member of the staff in a browser, who runs documents over HTTP."""

    api: Api
    header: dict[str, str]

    async def see(self, document: str, **variables: object) -> Any:
        """Run a document and answer with its one field."""
        answer = await self.api.run(f"playground/{document}", self.header, **variables)
        assert "errors" not in answer, answer
        (field,) = answer["data"].values()
        return field

    async def act(self, mutation: str, **given: object) -> Any:
        """Run a mutation, with a request id and a reason of its own."""
        whole = {"requestId": a_request(), "reason": REASON, **given}
        return await self.see(mutation, input=whole)

    async def code(self, document: str, **variables: object) -> str:
        """The code of the fault that a document ends with."""
        answer = await self.api.run(f"playground/{document}", self.header, **variables)
        (error,) = answer["errors"]
        return error["extensions"]["code"]


async def desk_of(api: Api, database: Database, staff_id: UUID) -> Desk:
    """A member of the staff who is signed in through a client of browsers."""
    async with database.writes.begin() as session:
        if await session.get(Client, "desk") is None:
            new = NewClient("desk", "后台", (Grant.REFRESH,), (STAFF_SCOPE,))
            await clients.register(
                session, new, with_secret=False, at=system_clock(), random=RANDOM
            )
        begun = await start_session(
            session,
            "desk",
            Owner(staff_id=staff_id),
            scopes=[STAFF_SCOPE],
            at=system_clock(),
            random=RANDOM,
        )
        token = clients.new_secret(RANDOM)
        await keep_refresh_token(session, begun, token, parent=None, at=system_clock())
    answer = await refresh(api, token, "desk")
    return Desk(api, bearer(answer.json()["access_token"]))
