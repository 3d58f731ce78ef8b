"""The page at ``/playground``: strict, told where it is, and honest about what is missing."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from api.playground import build as builds
from api.playground.build import Build, Cause, Failure, Stage
from api.playground.serving import Playground, Surroundings
from cli.building import locked_build
from tests.api.client import Api

SURROUNDINGS = Surroundings(
    "屿光 </script>",
    "https://mall.example",
    "https://cdn.example/media/",
    is_development=True,
    wechat="http://127.0.0.1:8100",
)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """The sources as they are, not built."""
    return Build(tmp_path / "playground")


@asynccontextmanager
async def serving(
    build: Build, surroundings: Surroundings = SURROUNDINGS
) -> AsyncGenerator[httpx.AsyncClient]:
    app = Starlette(routes=Playground(build, surroundings).routes())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://mall.example") as http:
        yield http


def finish(build: Build) -> None:
    """Put a small page where the build comes to be."""
    assets = build.place / "assets"
    assets.mkdir(parents=True)
    (assets / "index-12345678.js").write_text("console.log(1)")
    (build.place / "index.html").write_text('<script id="config">__CONFIG__</script>')


def policy_of(response: httpx.Response) -> dict[str, set[str]]:
    parts = response.headers["content-security-policy"].split("; ")
    return {name: set(rest.split()) for name, _, rest in (part.partition(" ") for part in parts)}


async def test_the_page_runs_nothing_but_its_own_scripts(build: Build):
    finish(build)
    async with serving(build) as http:
        page = await http.get("/playground")
    policy = policy_of(page)
    assert page.status_code == 200
    assert policy["default-src"] == {"'none'"}
    assert policy["script-src"] == policy["worker-src"] == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == {"'none'"}
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_the_page_speaks_to_the_mall_and_in_development_to_the_fake_wechat(build: Build):
    finish(build)
    async with serving(build) as http:
        policy = policy_of(await http.get("/playground"))
    assert policy["connect-src"] == {"'self'", "wss://mall.example", "http://127.0.0.1:8100"}
    assert policy["img-src"] == {"'self'", "data:", "https://cdn.example"}


async def test_the_page_is_told_where_it_is_and_cannot_be_broken_out_of(build: Build):
    finish(build)
    async with serving(build) as http:
        page = (await http.get("/playground")).text
    assert page.count("</script>") == 1
    found = re.search(r'id="config">(.*)</script>', page)
    assert found
    assert msgspec.json.decode(found[1]) == {
        "issuer": "https://mall.example",
        "name": "屿光 </script>",
        "isDevelopment": True,
        "wechat": "http://127.0.0.1:8100",
    }


async def test_its_files_are_kept_for_ever_and_others_are_not_there(build: Build):
    finish(build)
    async with serving(build) as http:
        script = await http.get("/playground/assets/index-12345678.js")
        others = [
            await http.get(f"/playground/assets/{path}")
            for path in ("", "index-0.js", "../index.html", "%2e%2e/index.html")
        ]
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert [each.status_code for each in others] == [404] * 4


async def test_the_address_with_a_slash_leads_to_the_one_that_the_sign_in_knows(build: Build):
    async with serving(build) as http:
        answer = await http.get("/playground/")
    assert (answer.status_code, answer.headers["location"]) == (308, "/playground")


async def test_without_a_build_the_page_says_what_to_run(build: Build):
    async with serving(build) as http:
        page = await http.get("/playground")
    assert page.status_code == 503
    assert "工作台尚未构建" in page.text
    assert "not built yet" in page.text
    assert "-m cli playground" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert policy_of(page)["default-src"] == {"'none'"}


@pytest.mark.parametrize(
    ("cause", "zh", "en"),
    [
        (Cause.NO_NODE, "缺少 Node.js", "Node.js 20.19 or newer is missing"),
        (Cause.NO_NETWORK, "无法连接 npm", "npm cannot be reached"),
        (Cause.OTHER, "构建失败", "could not be built"),
    ],
)
async def test_after_a_failed_build_the_page_says_why(build: Build, cause: Cause, zh: str, en: str):
    build.folder.mkdir()
    build.note(Failure(cause, "npm error <ENOTFOUND>"))
    async with serving(build) as http:
        page = (await http.get("/playground")).text
    assert build.stage() is Stage.FAILED
    assert zh in page
    assert en in page
    assert "npm error &lt;ENOTFOUND&gt;" in page


async def test_in_production_the_page_tells_the_world_nothing_of_the_machine(build: Build):
    build.folder.mkdir()
    production = replace(SURROUNDINGS, is_development=False, wechat=None)
    async with serving(build, production) as http:
        absent = await http.get("/playground")
        build.note(Failure(Cause.OTHER, "npm error path /srv/shoal"))
        failed = await http.get("/playground")
    assert failed.status_code == 503
    assert failed.text == absent.text
    assert "工作台暂不可用" in failed.text
    assert "not available at the moment" in failed.text
    assert "<pre>" not in failed.text


async def test_while_it_is_built_the_page_says_so_and_then_opens(build: Build):
    async with serving(build) as http:
        build.folder.mkdir()
        with locked_build(build, print):
            assert build.stage() is Stage.BUILDING
            waiting = await http.get("/playground")
        assert build.stage() is Stage.ABSENT
        finish(build)
        opened = await http.get("/playground")
    assert "正在构建" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    assert opened.status_code == 200


def change_a_script(sources: Path) -> None:
    (sources / "src" / "main.tsx").write_text("changed")


def add_a_script(sources: Path) -> None:
    (sources / "src" / "more.ts").write_text("")


def change_the_lock(sources: Path) -> None:
    (sources / "package-lock.json").write_text("{}")


@pytest.mark.parametrize("change", [change_a_script, add_a_script, change_the_lock])
def test_other_sources_are_another_build(tmp_path: Path, change: Callable[[Path], None]):
    sources = tmp_path / "sources"
    for path in builds.SOURCES.rglob("*"):
        copy = sources / path.relative_to(builds.SOURCES)
        if path.is_file() and "node_modules" not in path.parts:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    before = Build(tmp_path, sources).digest
    assert before == Build(tmp_path).digest
    change(sources)
    assert Build(tmp_path, sources).digest != before


def test_the_lock_names_no_registry_and_every_package_has_a_digest():
    lock = msgspec.json.decode((builds.SOURCES / "package-lock.json").read_bytes())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, each in packages.items() if "resolved" in each] == []
    assert [name for name, each in packages.items() if "integrity" not in each] == []


async def test_the_api_has_the_page_and_the_operations(api: Api, production_api: Api):
    for each in (api, production_api):
        operations = await each.http.get("/playground/operations.json")
        assert operations.status_code == 200
        assert msgspec.json.decode(operations.content)["operations"]
        page = await each.http.get("/playground")
        assert page.status_code in (200, 503)
        assert page.headers["x-frame-options"] == "DENY"
