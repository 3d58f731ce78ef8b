"""What a member of the staff does through trusted documents, as the tests need it."""

from random import Random
from typing import Any
from uuid import UUID

from tests.api.client import AS_STAFF, Api

_RANDOM = Random(7)
REASON = "双十一备货"


def a_request() -> str:
    """A request id that was never used."""
    return str(UUID(int=_RANDOM.getrandbits(128), version=4))


def text(zh: str, en: str = "Something") -> dict[str, str]:
    """A text in both languages."""
    return {"zh": zh, "en": en}


def product_input(category_id: str, **more: object) -> dict[str, object]:
    """A product that can be created: a hand cream in two sizes."""
    return {
        "code": "HAND-01",
        "title": text("山茶护手霜", "Camellia Hand Cream"),
        "categoryId": category_id,
        "imageKey": "products/hand-01.svg",
        "variants": [variant_input("HAND-01-30", 5800), variant_input("HAND-01-75", 9800)],
        **more,
    }


def variant_input(sku: str, price: int, **more: object) -> dict[str, object]:
    """A variant."""
    return {"sku": sku, "title": text(sku, sku), "price": price, **more}


class Desk:
    """Runs the documents of the staff, each with a request id and a reason of its own."""

    def __init__(self, api: Api, headers: dict[str, str] | None = None) -> None:
        self._api = api
        self.headers = {**AS_STAFF, **(headers or {})}

    async def do(self, mutation: str, **given: object) -> Any:
        """Run a mutation and answer with its result, success or refusal."""
        response = await self.send(mutation, **given)
        assert "errors" not in response, response
        (result,) = response["data"].values()
        return result

    async def send(self, mutation: str, **given: object) -> Any:
        """Run a mutation and answer with the whole response."""
        whole = {"requestId": a_request(), "reason": REASON, **given}
        return await self._api.run(f"playground/{mutation}", self.headers, input=whole)

    async def read(self, query: str, **variables: object) -> Any:
        """Run a query and answer with its one field."""
        response = await self._api.run(f"playground/{query}", self.headers, **variables)
        assert "errors" not in response, response
        (field,) = response["data"].values()
        return field

    async def see(self, query: str, **variables: object) -> Any:
        """Run a query of the mini-program, as anybody, and answer with its one field."""
        response = await self._api.run(f"miniprogram/{query}", None, **variables)
        assert "errors" not in response, response
        (field,) = response["data"].values()
        return field

    async def a_category(self, **more: object) -> str:
        """Add a shelf and answer with its id."""
        saved = await self.do(
            "CreateCategory", **{"code": "HANDS", "title": text("手部护理", "Hands"), **more}
        )
        assert saved["__typename"] == "CategorySaved", saved
        return saved["categoryId"]

    async def a_product(self, **more: object) -> Any:
        """Create a product, on a shelf of its own unless one is given."""
        category_id = more.pop("categoryId", None) or await self.a_category()
        saved = await self.do("CreateProduct", **product_input(str(category_id), **more))
        assert saved["__typename"] == "ProductSaved", saved
        return saved["product"]

    async def a_published_product(self, **more: object) -> Any:
        """Create a product and publish it."""
        product = await self.a_product(**more)
        return await self.step("PublishProduct", product)

    async def step(self, mutation: str, product: Any, **more: object) -> Any:
        """Take a step in a product's life and answer with the product."""
        saved = await self.do(
            mutation, productId=product["id"], revision=product["revision"], **more
        )
        assert saved["__typename"] == "ProductSaved", saved
        return saved["product"]


def problems(refusal: Any) -> set[tuple[str, str]]:
    """The paths and codes of what is wrong."""
    assert refusal["__typename"] == "InvalidInput", refusal
    return {(each["path"], each["code"]) for each in refusal["problems"]}


def titles(connection: Any) -> list[str]:
    """The titles of a list's items."""
    return [edge["node"]["title"] for edge in connection["edges"]]
