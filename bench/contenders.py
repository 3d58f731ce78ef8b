"""Who answers the same reads: the mall, the same by hand, and strawberry with the ORM."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from api.trusted.registry import TrustedDocument, trusted_documents
from bench import load, rounds
from bench.beside import CONSTANT, ORM_CACHED_PATH, ORM_PATH
from bench.ground import Ground
from bench.rounds import Round
from bench.server import Server, free_port, mall_api, serving, several, surroundings
from bench.signing_in import member_token
from domain.kernel.settings import Profile

LIST, DETAIL, ME, PUBLIC = "list", "detail", "me", "public list"
"""What is asked for; the first three by a member who is signed in, the last by anybody."""
BARE, TRUSTED, ADHOC, ORM, ORM_CACHES = "bare", "trusted", "ad hoc", "orm", "orm, caches"
CACHED, NO_DATABASE, RAW = "cached", "no database", "no database, raw"
YARDSTICKS, OURS = (BARE, NO_DATABASE), (TRUSTED, CACHED)
PAGE = 20
PUBLIC_URL = "http://mall.bench"
BARE_LIST = load.get(f"/products?first={PAGE}")
"""What the hand-written server is asked for a page of products, by nobody in particular."""
_BY_PAGE = {"first": PAGE}
_KEPT = {"MALL_PUBLIC_ANSWERS": "2000"}
"""The setting as it comes: answers to public reads are kept."""


@dataclass(slots=True)
class Case:
    """One request to one server, and what was found out about it."""

    shape: str
    contender: str
    server: Server
    request: bytes
    statements: int = 0
    rounds: list[Round] = field(default_factory=list[Round])

    def middle(self, name: str) -> float:
        """The median of all rounds."""
        return median(getattr(each, name) for each in self.rounds)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Whoever asks, what for, and the documents that say it."""

    token: str
    product_id: str
    documents: dict[str, TrustedDocument]

    def of(self, shape: str) -> tuple[TrustedDocument, dict[str, object]]:
        if shape == LIST:
            return self.documents["miniprogram/ProductList"], {**_BY_PAGE}
        if shape == DETAIL:
            return self.documents["miniprogram/ProductDetail"], {"id": self.product_id}
        return self.documents["miniprogram/Viewer"], {}


@contextmanager
def contenders(base: Ground, *, workers: int = 1, are_all: bool = True) -> Generator[list[Case]]:
    """Run the servers, so many processes of each; the fewest that goals are about, or all."""
    # Before any process is there, so that all of them know the key from the beginning.
    token = member_token(base, PUBLIC_URL)
    with ExitStack() as stack:

        def run(opened: Any) -> Server:
            return stack.enter_context(several(workers, opened))

        bare = run(lambda: bare_server(base))
        mall = run(lambda: _mall(base, Profile.PRODUCTION))
        keeper = run(lambda: _mall(base, Profile.PRODUCTION, _KEPT))
        theirs = run(lambda: _orm_server(base))
        asking = _asking(token, bare)
        by_shape = {
            shape: _of_shape(shape, asking, bare, mall, theirs) for shape in (LIST, DETAIL, ME)
        }
        by_shape[PUBLIC] = _of_public_list(base, bare, keeper, asking)
        if are_all:
            for shape in (LIST, DETAIL, ME):
                by_shape[shape].append(_of_orm(shape, ORM_CACHES, theirs, asking))
            own = run(lambda: _mall(base, Profile.DEVELOPMENT))
            by_shape[LIST].append(_ad_hoc(own, asking))
            raw = run(lambda: _constant_server(base))
            by_shape[PUBLIC].append(Case(PUBLIC, RAW, raw, load.get("/")))
        yield [case for cases in by_shape.values() for case in cases]


def answer(case: Case) -> Any:
    """Ask once; return the answer's ``data``."""
    return rounds.answer(case.server, case.request)


def yardstick_of(case: Case, cases: list[Case]) -> Case:
    """The hand-written case of the same shape."""
    return next(each for each in _like(case, cases) if each.contender in YARDSTICKS)


def ours_of(case: Case, cases: list[Case]) -> Case:
    """The mall's case of the same shape, as it runs in production."""
    return next(each for each in _like(case, cases) if each.contender in OURS)


def server_ratio(above: Case, below: Case) -> float:
    """The median of the rounds' ratios of server time."""
    pairs = zip(above.rounds, below.rounds, strict=True)
    return median(rounds.ratio(a.server_us, b.server_us) for a, b in pairs)


def bare_server(base: Ground) -> AbstractContextManager[Server]:
    """Serve the answers that are written by hand."""
    return _beside(base, "bench.bare")


def _like(case: Case, cases: list[Case]) -> Iterator[Case]:
    return (each for each in cases if each.shape == case.shape)


def _mall(
    base: Ground, profile: Profile, more: Mapping[str, str] | None = None
) -> AbstractContextManager[Server]:
    return mall_api(base, profile, public_url=PUBLIC_URL, more=more)


def _orm_server(base: Ground) -> AbstractContextManager[Server]:
    return _beside(base, "bench.orm")


def _beside(base: Ground, module: str) -> AbstractContextManager[Server]:
    port = free_port()
    environment = surroundings(base, Profile.PRODUCTION, PUBLIC_URL) | {"MALL_PORT": str(port)}
    return serving(base, port, "-m", module, environment=environment)


def _constant_server(base: Ground) -> AbstractContextManager[Server]:
    port = free_port()
    return serving(base, port, "-m", "bench.constant", str(port), str(base.home / CONSTANT))


def _asking(token: str, bare: Server) -> _Asking:
    page = rounds.answer(bare, BARE_LIST)
    return _Asking(
        token,
        page["products"]["edges"][0]["node"]["id"],
        {each.name: each for each in trusted_documents().values()},
    )


def _of_shape(
    shape: str, asking: _Asking, bare: Server, mall: Server, theirs: Server
) -> list[Case]:
    document, variables = asking.of(shape)
    path = {LIST: f"/products?first={PAGE}", DETAIL: f"/products/{asking.product_id}", ME: "/me"}
    return [
        Case(shape, BARE, bare, load.get(path[shape], asking.token)),
        Case(shape, TRUSTED, mall, rounds.by_id(document, variables, asking.token)),
        _of_orm(shape, ORM, theirs, asking),
    ]


def _of_orm(shape: str, contender: str, theirs: Server, asking: _Asking) -> Case:
    document, variables = asking.of(shape)
    path = ORM_CACHED_PATH if contender == ORM_CACHES else ORM_PATH
    request = rounds.by_text(document.text, variables, asking.token, path=path)
    return Case(shape, contender, theirs, request)


def _of_public_list(base: Ground, bare: Server, mall: Server, asking: _Asking) -> list[Case]:
    """The list by GET, as anybody may ask for it, and an endpoint that answers the same bytes."""
    document, variables = asking.of(LIST)
    request = rounds.by_get(document, variables)
    (base.home / CONSTANT).write_bytes(rounds.body(mall, request))
    return [
        Case(PUBLIC, NO_DATABASE, bare, load.get("/constant")),
        Case(PUBLIC, CACHED, mall, request),
    ]


def _ad_hoc(own: Server, asking: _Asking) -> Case:
    document, variables = asking.of(LIST)
    return Case(LIST, ADHOC, own, rounds.by_text(document.text, variables, asking.token))
