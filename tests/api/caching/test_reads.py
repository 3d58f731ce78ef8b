"""Which answers may be kept, and that nobody in particular is behind any of them."""

from typing import cast

import pytest
from typing_extensions import override

from api.access import Access
from api.caching.reads import LONGEST_VARIABLES, SUBJECTS, PublicReads
from api.documents import Documents
from api.execution import Answer, Executor
from api.schema import ACCESS, SCHEMA
from api.trusted.registry import trusted_documents
from api.wire import GraphQLRequest, Json
from domain.kernel.actors import Actor, Member
from domain.kernel.db import Database
from domain.kernel.ids import public_id
from domain.kernel.language import Language
from domain.members.words import ConsentPurpose
from domain.orders.redeeming.views import POINTS_OFFER
from tests import make
from tests.api.contexts import context_of
from tests.domain.members.people import publish
from tests.domain.orders.redeeming.malls import offered, terms

DOCUMENTS = Documents(SCHEMA, ACCESS, adhoc_allowed=False)
READS = PublicReads(DOCUMENTS)
REGISTERED = {each.name: each for each in trusted_documents().values()}


def asked_for(name: str, variables: dict[str, Json] | None = None) -> GraphQLRequest:
    return GraphQLRequest(REGISTERED[name].id, None, variables or {}, None)


KEPT = [
    f"miniprogram/{name}"
    for name in (
        "CategoryTrees", "ConsentTexts", "FreightRules", "HomePage", "PickUpStores", "PointsOffer",
        "PointsOffers", "ProductDetail", "ProductList", "ProductPage", "ProductSearch",
        "ProductStock", "Regions",
    )
]  # fmt: skip


def test_every_public_root_field_says_what_its_answer_changes_with():
    public = {name for name, access in ACCESS.items() if access is Access.ANYONE}
    assert {name for name in public if name.startswith("Query.")} == {
        f"Query.{name}" for name in SUBJECTS
    }


def test_the_public_documents_of_the_mini_program_are_kept_and_no_others():
    kept = [name for name in REGISTERED if READS.wanted(asked_for(name), Language.ZH)]
    assert sorted(kept) == KEPT


def key_of(variables: dict[str, Json]) -> object:
    wanted = READS.wanted(asked_for("miniprogram/ProductSearch", variables), Language.EN)
    return wanted and wanted.key


def test_the_order_of_keys_does_not_matter_at_any_depth():
    one = key_of({"first": 5, "filter": {"search": "茶", "leastPrice": 1}})
    assert one is not None
    assert one == key_of({"filter": {"leastPrice": 1, "search": "茶"}, "first": 5})
    assert one != key_of({"filter": {"leastPrice": 2, "search": "茶"}, "first": 5})


def nested(depth: int) -> Json:
    value: Json = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "variables",
    [{"after": "x" * LONGEST_VARIABLES}, {"other": 1}, {"filter": nested(400)}],
    ids=["long", "not declared", "deep"],
)
def test_unusual_variables_have_no_key(variables: dict[str, Json]):
    assert key_of(variables) is None


def test_what_is_not_the_malls_is_not_remembered():
    reads = PublicReads(DOCUMENTS)
    for number in range(3):
        unknown = GraphQLRequest(f"sha256:{number:064x}", None, {}, None)
        assert reads.wanted(unknown, Language.ZH) is None
    assert reads.wanted(GraphQLRequest(None, "{ __typename }", {}, None), Language.ZH) is None
    assert "sha256" not in repr(vars(reads))


class LookedAt(Exception):
    """A public read has looked at who asks."""


class Somebody:
    """Whoever asks: it is noticed where anything looks at them."""

    @override
    def __getattribute__(self, name: str) -> object:
        raise LookedAt(name)


def test_it_is_noticed_where_somebody_is_looked_at():
    with pytest.raises(LookedAt):
        isinstance(Somebody(), Member)


@pytest.mark.parametrize("name", KEPT)
async def test_nothing_of_it_depends_on_who_asks(database: Database, name: str):
    async with database.writes.begin() as session:
        product = await make.product(session)
        variant_id = await make.first_variant(session, product.id)
    await publish(database, ConsentPurpose.PHONE)
    offer = await offered(database, variant_id, terms(closes_at=None))
    document = DOCUMENTS.trusted(REGISTERED[name].id)
    ids = {"miniprogram/PointsOffer": public_id(POINTS_OFFER, offer.offer_id)}
    asked = {"id": ids.get(name, public_id("product", product.id))}
    variables = asked if "$id" in REGISTERED[name].text else {}
    executor = Executor(SCHEMA)

    async def answered(actor: Actor | None) -> Answer:
        context = context_of(database, actor=actor)
        return await executor.run(document, None, variables, context, trace_id="")

    by_nobody = await answered(None)
    assert "errors" not in by_nobody.body
    assert await answered(cast("Actor", Somebody())) == by_nobody
