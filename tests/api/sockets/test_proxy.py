"""Through the proxy of docs/production: sockets are passed on, and events come as they happen."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.api.client import Api
from tests.api.sockets.serving import Mall
from tests.api.sockets.test_events import stream
from tests.cli.mall_process import free_port
from tests.drill import PRODUCTION
from tests.nginx import nginx
from tests.patience import PATIENCE_SECONDS

__all__ = ["nginx"]


def configuration(folder: Path, port: int, upstream: int) -> str:
    """The proxy's own configuration, without TLS, before one process."""
    text = (PRODUCTION / "nginx.conf").read_text()
    text = re.sub(r"^.*(ssl_|server 127.0.0.1:8002|listen 80;|return 301).*$", "", text, flags=re.M)
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{upstream}")
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port} default_server;")
    text = text.replace("/var/cache/nginx", str(folder))
    # What is left of the server that only sends people to TLS.
    text = text.replace("server {\n\n    server_name mall.example.com;\n\n}", "")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    main = f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\n"
    return f"{main}events {{}}\nhttp {{\naccess_log off;\n{paths}{text}}}\n"


@pytest.fixture
async def proxied(mall: Mall, tmp_path: Path, nginx: str) -> AsyncGenerator[Mall]:
    """The mall behind a running nginx."""
    port = free_port()
    (tmp_path / "nginx.conf").write_text(configuration(tmp_path, port, mall.port))
    command = ("-e", "stderr", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"))
    process = await asyncio.create_subprocess_exec(nginx, *command)
    base_url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(
            base_url=base_url, timeout=PATIENCE_SECONDS, trust_env=False
        ) as http:
            await answering(http, process)
            yield replace(mall, api=Api(http, mall.api.readiness), port=port)
    finally:
        process.terminate()
        await process.wait()


async def answering(http: httpx.AsyncClient, process: Any) -> None:
    """Wait until the proxy answers."""
    while process.returncode is None:
        try:
            await http.get("/")
        except httpx.TransportError:
            await asyncio.sleep(0.02)
        else:
            return
    pytest.fail("nginx did not start")


async def test_a_socket_goes_through_the_proxy(proxied: Mall):
    me, headers = await proxied.someone()
    async with proxied.socket() as socket:
        await socket.begin(headers)
        await socket.watch()
        other, _ = await proxied.again(me)
        assert (await socket.event())["sessionId"] == f"session_{other.session_id.hex}"
    async with proxied.socket() as socket:
        await socket.say(type="subscribe")
        assert (await socket.closed())[0] == 4400
    with pytest.raises(InvalidStatus) as refused:
        async with proxied.socket(origin="https://evil.example"):
            pytest.fail("a foreign page was let in")
    assert refused.value.response.status_code == 403


async def test_events_go_through_the_proxy_as_they_happen(proxied: Mall):
    me, headers = await proxied.someone()
    async with stream(proxied, headers) as events:
        assert (await events.happening())["__typename"] == "SessionWatchBegan"
        other, _ = await proxied.again(me)
        assert (await events.happening())["sessionId"] == f"session_{other.session_id.hex}"


async def test_nobody_reaches_the_proxys_own_path(proxied: Mall):
    answer = await proxied.api.http.post("/subscriptions", json={"query": "{ __typename }"})
    assert answer.status_code == 404
    plain = await proxied.api.post({"query": "{ __typename }"})
    assert plain.json()["data"] == {"__typename": "Query"}
