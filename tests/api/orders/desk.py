"""What members do to their carts over HTTP, by trusted documents, as the tests need it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.sessions.rules import Grant
from tests import make
from tests.api.client import Api
from tests.api.oauth.desk import as_member, ask, bearer
from tests.wechat import FakeWeChat, Person


@dataclass(frozen=True)
class Shopper:
    """A member who is signed in, and how they speak to the mall."""

    api: Api
    headers: dict[str, str]

    async def do(self, document: str, **given: object) -> Any:
        """Run a mutation; answers with its union's member."""
        return self._one(await self.api.run(f"miniprogram/{document}", self.headers, input=given))

    async def add(self, variant: UUID, units: int = 1, **more: object) -> Any:
        """Put units into the cart by a request of its own, unless one is given."""
        given = {"requestId": str(make.an_id()), "variantId": variant_id(variant), **more}
        return await self.do("CartAdd", units=units, **given)

    async def cart(self, **headers: str) -> Any:
        """The cart."""
        told = await self.api.run("miniprogram/CartView", {**self.headers, **headers})
        return self._one(told)["cart"]

    def _one(self, answer: Any) -> Any:
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))


async def a_shopper(api: Api, database: Database, member_id: UUID | None = None) -> Shopper:
    """A member, somebody new where none is given, whom WeChat does not know."""
    return Shopper(api, await as_member(api, database, member_id))


async def by_wechat(api: Api, wechat: FakeWeChat, person: Person) -> Shopper:
    """A member who opens the mini-program now; the brand's own clients have to be there."""
    form = {
        "grant_type": Grant.WECHAT,
        "client_id": "mini-program",
        "code": wechat.login_code(person),
    }
    return Shopper(api, bearer((await ask(api, form=form)).json()["access_token"]))


def variant_id(variant: UUID) -> str:
    """A variant's public id."""
    return public_id("variant", variant)


def engraved(**texts: str) -> list[dict[str, str]]:
    """Texts by the codes of their fields, as an input has them."""
    return [{"code": code, "text": text} for code, text in texts.items()]
