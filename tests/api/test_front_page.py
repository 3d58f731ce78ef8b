"""``/``: what whoever tries the bare address is told."""

from starlette.requests import Request

from api.front_page import FrontPage
from domain.kernel.settings import Settings
from tests.api.client import Api

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_development_mall_says_what_it_is_and_where_things_are(
    api: Api, settings: Settings
):
    told = (await api.http.get("/")).json()
    assert told["name"] == settings.name
    assert set(told["what"]) == {"zh", "en"}
    page = await api.http.get("/", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for text in (told["what"]["zh"], told["docs"]["en"], 'href="/playground"', 'href="/graphql"'):
        assert text in page.text
    for path in told["paths"]:
        # A bare GET of GraphQL has no document, and the playground may not be built here.
        assert (await api.http.get(path)).status_code != 404, path


async def test_production_tells_its_name_and_nothing_else(production_api: Api, settings: Settings):
    assert (await production_api.http.get("/")).json() == {"name": settings.name}
    page = (await production_api.http.get("/", headers=BROWSER)).text
    assert f"<h1>{settings.name}</h1></html>" in page
    assert "href" not in page


async def test_a_name_is_no_markup():
    asked = Request({"type": "http", "headers": [(b"accept", b"text/html")]})
    told = await FrontPage("<b>&", is_development=False).answer(asked)
    assert b"<h1>&lt;b&gt;&amp;</h1>" in bytes(told.body)
