"""How members name objects of theirs by ids, and how they come to have some."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests import make
from tests.api.addresses.sending import created
from tests.api.client import DOCUMENT_IDS, Api
from tests.api.members.sending import Headers


@dataclass(frozen=True)
class Naming:
    """One way in which a member names an object of theirs by its id."""

    document: str
    own: Callable[[Api, Headers], Awaitable[str]]
    """Makes an object of the caller's, and answers with its id."""
    variables: Callable[[str], Mapping[str, Any]]
    """The document's variables with such an id."""
    tells_more: bool = False
    """Whether the answer tells what else the caller has, so that no two callers are told alike."""

    async def answer(self, api: Api, headers: Headers, public_id: str) -> bytes:
        """What a caller is told who names the object, but for the id that they have said."""
        variables = self.variables(public_id)
        body = {"documentId": DOCUMENT_IDS[self.document], "variables": variables}
        told = (await api.post(body, headers)).content
        return told.replace(public_id.encode(), b"the id")


async def in_the_cart(api: Api, headers: Headers) -> str:
    """A line of the caller's own cart, with whatever the mall has."""
    found = await api.query("{ products(first: 1) { edges { node { variants { id } } } } }")
    variant = found["data"]["products"]["edges"][0]["node"]["variants"][0]["id"]
    given = {"requestId": str(make.an_id()), "variantId": variant}
    answer = await api.run("miniprogram/CartAdd", headers, input=given)
    return answer["data"]["addToCart"]["lineId"]


async def signed_in(api: Api, headers: Headers) -> str:
    """The caller's own session."""
    answer = await api.run("miniprogram/Sessions", headers)
    return answer["data"]["sessions"]["edges"][0]["node"]["id"]


async def lives_at(api: Api, headers: Headers) -> str:
    """An address of the caller's own."""
    return (await created(api, headers))["addressId"]


async def told(api: Api, headers: Headers) -> str:
    """A message to the caller, as everybody here has one."""
    answer = await api.run("miniprogram/Messages", headers)
    return answer["data"]["messages"]["edges"][0]["node"]["id"]


async def ordered(api: Api, headers: Headers) -> str:
    """An order of the caller's own."""
    await lives_at(api, headers)
    await in_the_cart(api, headers)
    quote = (await api.run("miniprogram/Quote", headers, input={}))["data"]["quote"]
    given = {"requestId": str(make.an_id()), "quote": quote["token"]}
    answer = await api.run("miniprogram/OrderPlace", headers, input=given)
    return answer["data"]["placeOrder"]["orderId"]
