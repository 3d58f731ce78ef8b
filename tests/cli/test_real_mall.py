"""``mall run`` itself, with its real API, worker, migrations and demo brand."""

import sys
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest

from cli.run import plan_of
from sandbox.brand.history.complaints import OF_CASES
from sandbox.brand.history.stories import OF_ORDERS
from tests.api.client import DOCUMENT_IDS
from tests.cli.mall_process import MallProcess
from tests.conftest import MASTER_KEY
from tests.patience import PATIENCE_SECONDS

RUN = (sys.executable, "-m", "cli", "run")
START_SECONDS = 120
PRODUCTS = "{ products(first: 3) { edges { node { title variants { price } } } } }"

RealMall = Callable[..., MallProcess]


@pytest.fixture
def run(home: Path, port: int, tmp_path: Path, tried_playground: None) -> Generator[RealMall]:
    """Return what runs ``mall run`` until it is ready, and ends it after the test."""
    started: list[MallProcess] = []

    def run(**environ: str) -> MallProcess:
        environ = {"MALL_HOME": str(home), "MALL_PORT": str(port)} | environ
        mall = MallProcess(tmp_path / f"output-{len(started)}", RUN, environ=environ)
        started.append(mall)
        mall.until(f"\nready http://127.0.0.1:{port}/graphql\n", seconds=START_SECONDS)
        return mall

    yield run
    for mall in started:
        if mall.popen.poll() is None:
            mall.end()


def ask(port: int, *, token: str | None = None, **question: object) -> httpx.Response:
    """Send a question as a client does."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    url = f"http://127.0.0.1:{port}/graphql"
    return httpx.post(
        url, json=question, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False
    )


def test_a_development_mall_sells_the_demo_brand_and_keeps_it(run: RealMall, home: Path, port: int):
    first = run()
    assert "demo brand: 200 products and 500 members" in first.said
    answer = ask(port, query=PRODUCTS).json()
    assert len(answer["data"]["products"]["edges"]) == 3
    token = (home / "staff-token").read_text().strip()
    assert f'-H "Authorization: Bearer $(cat {home}/staff-token)"' in first.said
    assert token not in first.said
    # What the application has no right to is not asked of PostgreSQL, and what it needs is there.
    assert "WARNING" not in (home / "log" / "postgres.log").read_text()
    # The API was there before the tables.
    assert "standing.not_seen" not in (home / "log" / "api.log").read_text()
    assert ask(port, query=PRODUCTS, token=token).json() == answer
    assert ask(port, query=PRODUCTS, token=f"{token}x").status_code == 401
    phone = phone_of(first)
    signed_in = httpx.post(
        f"{phone}/phone/sign-in", json={"person": "李雷"}, timeout=PATIENCE_SECONDS, trust_env=False
    )
    assert signed_in.json()["exchange"]["status"] == 200, signed_in.text
    assert signed_in.json()["viewer"]["body"]["data"]["viewer"]["name"]
    payments = payments_at(phone)
    assert len(payments) == len(OF_ORDERS) + len(OF_CASES) - 1
    assert first.end() == 0

    second = run()
    assert phone_of(second) == phone
    assert payments_at(phone) == payments
    assert ask(port, query=PRODUCTS, token=token).json() == answer
    assert roles_at_work(second) == {"shoal_application"}
    assert "making the database" not in second.said
    assert "demo brand:" not in second.said
    assert ask(port, query=PRODUCTS).json() == answer
    assert second.end() == 0

    assert second.said.endswith("\nstopped\n")
    assert not (home / "run.json").exists()
    assert list((home / "run").iterdir()) == []


def phone_of(mall: MallProcess) -> str:
    """Where the mall says that the phone is."""
    return mall.said.split("  Phone       ")[1].split()[0]


def payments_at(phone: str) -> set[str]:
    """What the fake WeChat Pay knows of the weeks before, by its numbers."""
    orders = httpx.get(
        f"{phone}/_control/pay/orders", timeout=PATIENCE_SECONDS, trust_env=False
    ).json()
    return {each["transaction_id"] for each in orders}


def roles_at_work(mall: MallProcess) -> set[str]:
    """Whom PostgreSQL serves, by the titles of its processes (``postgres: role database …``)."""
    titles = [each.cmdline()[0].split() for each in mall.descendants() if each.cmdline()]
    return {words[1] for words in titles if words[0] == "postgres:" and words[2:3] == ["shoal"]}


def test_a_production_mall_runs_trusted_documents_only(
    run: RealMall, port: int, blank_database_url: str, redis_url: str
):
    mall = run(
        MALL_PROFILE="production",
        MALL_MASTER_KEYS=MASTER_KEY,
        MALL_DATABASE_URL=blank_database_url,
        MALL_REDIS_URL=redis_url,
    )

    trusted = ask(port, documentId=DOCUMENT_IDS["miniprogram/ProductList"])
    assert trusted.json()["data"]["products"]["edges"] == []
    refused = ask(port, query=PRODUCTS)
    assert refused.json()["errors"][0]["extensions"]["code"] == "NOT_TRUSTED"
    assert "Phone" not in mall.said
    assert mall.end() == 0


def test_a_mall_says_where_it_is_unless_told():
    own = plan_of({"MALL_PORT": "8001", "MALL_HOST": "::"})
    assert own.environment["MALL_PUBLIC_URL"] == "http://[::1]:8001"
    assert own.environment["MALL_PROFILE"] == "development"
    assert own.seed

    given = {"MALL_PUBLIC_URL": "https://mall.example", "MALL_PROFILE": "production"}
    plan = plan_of({**given, "MALL_MASTER_KEYS": MASTER_KEY})
    assert plan.environment["MALL_PUBLIC_URL"] == "https://mall.example"
    assert plan.seed is None
