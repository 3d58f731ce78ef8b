"""The files that docs/production.md hands out do what it says, as far as this machine can tell."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from typing import cast

import asyncpg
import pytest
from prometheus_client import Counter, Gauge, Histogram
from redis import Redis
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from api.app import open_app
from api.health import Readiness
from api.sockets.stream import KEEP_ALIVE_SECONDS
from cli.api import PING_SECONDS
from cli.main import COMMANDS
from domain.kernel import metrics
from domain.kernel.clock import system_clock
from domain.kernel.errors import FaultCode
from domain.kernel.outside import OutsideError
from domain.kernel.settings import Settings, SettingsRefused, read_settings
from migrations import migrator
from sandbox.engines.binaries import within_reach
from tests.cli.mall_process import wait_for
from tests.conftest import MASTER_KEY
from tests.drill import PRODUCTION
from tests.nginx import nginx

__all__ = ["nginx"]

DOCUMENT = PRODUCTION.with_suffix(".md").read_text()
UNITS = sorted((PRODUCTION / "systemd").iterdir())
INTERPRETER = "/opt/shoal/.venv/bin/python"
INTERNAL = {"/livez", "/readyz", "/metrics"}
"""Routes that nobody reaches through the proxy: they are asked of a process itself."""


def variables(name: str) -> dict[str, str]:
    """The variables of an environment file."""
    lines = (PRODUCTION / name).read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    # The one setting whose place is held by what the mall would refuse: no key may be in a book.
    if "MALL_MASTER_KEYS" in found:
        with pytest.raises(SettingsRefused):
            read_settings(found)
        found["MALL_MASTER_KEYS"] = MASTER_KEY
    return found


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_has_nothing_to_say_about_a_unit(unit: Path, tmp_path: Path):
    copy = tmp_path / unit.name.replace("@.", "@1.")
    copy.write_text(unit.read_text().replace(INTERPRETER, sys.executable))

    said = subprocess.run(
        ["systemd-analyze", "verify", copy], check=False, capture_output=True, text=True
    )

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_with_settings_that_exist(unit: Path):
    text = unit.read_text()
    command = re.search(rf"^ExecStart={INTERPRETER} -m cli (\w+)$", text, re.MULTILINE)
    assert command
    assert command[1] in COMMANDS
    own = dict(re.findall(r"^Environment=(\w+)=(.*)$", text, re.MULTILINE))
    file = re.search(r"^EnvironmentFile=/etc/shoal/(.*)$", text, re.MULTILINE)
    assert file
    settings = read_settings(
        variables(file[1]) | {name: value.replace("%i", "1") for name, value in own.items()}
    )
    if "Restart=always" in text:
        settings.require_servers()
        assert settings.base_url
        stop = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
        assert stop
        assert int(stop[1]) > settings.drain_seconds + settings.shutdown_seconds
    else:
        assert settings.required_migration_url()
        assert settings.application_role == "shoal_application"


def test_only_the_migrations_know_the_owner():
    assert "owner" not in (PRODUCTION / "mall.env").read_text()
    using = [unit.name for unit in UNITS if "owner.env" in unit.read_text()]
    assert using == ["shoal-migrate.service"]


def test_the_sum_of_connections_is_right():
    settings = read_settings({})
    pools = (settings.read_connections, settings.write_connections, settings.hot_connections, 1)
    # On one more an API process listens.
    of_api, of_worker = (*pools, 1), pools
    parts = [int(found) for found in re.findall(r"^\| .* \| (\d+) \|$", DOCUMENT, re.MULTILINE)]
    for each in (of_api, of_worker):
        assert f"({' + '.join(map(str, each))})" in DOCUMENT
    assert parts[:2] == [4 * sum(of_api), 2 * sum(of_worker)]
    assert sum(parts[:-1]) == parts[-1]
    configuration = (PRODUCTION / "postgresql.conf").read_text()
    most = re.search(r"^max_connections = (\d+)$", configuration, re.MULTILINE)
    assert most
    assert parts[-1] <= int(most[1])


def test_alerts_ask_for_measurements_that_exist():
    made: set[str] = set()
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            made |= {name for each in metric.describe() for name in names(each.name)}
    rules = (PRODUCTION / "alerts.yml").read_text()
    asked = set(re.findall(r"\bmall_\w+", rules))
    assert asked
    assert asked <= made
    outcomes = {kind.outcome for kind in OutsideError.__subclasses__()}
    assert set(re.findall(r'outcome="(\w+)"', rules)) <= set(FaultCode) | outcomes


def names(metric: str) -> set[str]:
    """What Prometheus calls the parts of a metric."""
    return {metric, f"{metric}_total", f"{metric}_bucket", f"{metric}_count", f"{metric}_sum"}


def test_nginx_takes_its_configuration(tmp_path: Path, nginx: str):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subject = ["-subj", "/CN=mall.example.com", "-keyout", key, "-out", certificate]
    subprocess.run([*made, *subject], check=True, capture_output=True)
    text = (PRODUCTION / "nginx.conf").read_text()
    text = re.sub(r"/etc/ssl/\S+/fullchain.pem", str(certificate), text)
    text = re.sub(r"/etc/ssl/\S+/privkey.pem", str(key), text)
    text = text.replace("/var/cache/nginx", str(tmp_path))
    # Ports and folders of its own: this machine may have an nginx at work.
    text = text.replace("listen 80;", f"listen unix:{tmp_path}/http;")
    text = text.replace("listen 443", f"listen unix:{tmp_path}/https")
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        text += f"{kind}_temp_path {tmp_path}/{kind};\n"
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{text}\n}}\n")
    command = [nginx, "-e", "stderr", "-t", "-c", whole]

    said = subprocess.run(command, check=False, capture_output=True, text=True)

    assert said.returncode == 0, said.stderr


@pytest.fixture
async def paths(settings: Settings) -> set[str]:
    """A path of each route that the API has."""
    async with open_app(
        settings, Readiness(), clock=system_clock, random=Random(1), older_revisions=frozenset()
    ) as app:
        return {a_path(route) for route in app.starlette.routes}


def a_path(route: BaseRoute) -> str:
    """A path that the route answers."""
    assert isinstance(route, Route | WebSocketRoute | Mount)
    whole = f"{route.path}/a" if isinstance(route, Mount) else route.path
    return re.sub(r"\{[^}]+\}", "a", whole)


def nginx_on(path: str) -> set[str]:
    """What nginx is told to do with a path: the exact location, else the longest that begins it."""
    text = (PRODUCTION / "nginx.conf").read_text()
    found = cast(
        "list[tuple[str, str, str]]",
        re.findall(r"^    location (= )?(/\S*) \{\n(.*?)^    \}$", text, re.MULTILINE | re.DOTALL),
    )
    # None of another kind, which would be looked up in another way.
    assert len(found) == len(re.findall(r"^\s*location\b", text, re.MULTILINE))
    exact = {begins: told for is_exact, begins, told in found if is_exact}
    beginnings = {begins: told for is_exact, begins, told in found if not is_exact}
    longest = max(filter(path.startswith, beginnings), key=len)
    return {line.strip() for line in exact.get(path, beginnings[longest]).splitlines()}


def test_nginx_passes_on_every_route_that_is_not_internal(paths: set[str]):
    passed_on = {path for path in paths if "proxy_pass http://shoal;" in nginx_on(path)}
    assert paths - passed_on == INTERNAL


def test_nginx_lets_connections_of_subscriptions_stay_open_and_passes_events_on_at_once():
    text = (PRODUCTION / "nginx.conf").read_text()
    for asked in ("$http_upgrade", "$http_accept"):
        assert f"map {asked} $shoal_stays_open" in text
    told = nginx_on("/subscriptions")
    assert {"internal;", "proxy_buffering off;", "proxy_cache off;"} <= told
    assert "proxy_pass http://shoal/graphql;" in told
    # Each side is heard of more often than that: a ping each 20 s, a comment each 12 s.
    (seconds,) = (
        re.fullmatch(r"proxy_read_timeout (\d+)s;", line) for line in told if "read_" in line
    )
    assert seconds
    assert int(seconds[1]) > 2 * max(PING_SECONDS, KEEP_ALIVE_SECONDS)


def test_nginx_keeps_the_answers_of_two_routes_alone(paths: set[str]):
    kept = {path for path in paths if "proxy_cache shoal_answers;" in nginx_on(path)}
    assert kept == {"/graphql", "/media/a"}


def test_nginx_takes_small_bodies_for_signing_in(paths: set[str]):
    of_sign_in = {path for path in paths if path.startswith(("/oauth/", "/.well-known/"))}
    assert of_sign_in
    for path in of_sign_in:
        assert "client_max_body_size 20k;" in nginx_on(path), path


def test_valkey_takes_its_configuration_and_keeps_what_it_is_given(tmp_path: Path):
    server = within_reach(None, tmp_path).valkey_server
    socket = tmp_path / "socket"
    own = ["--port", "0", "--unixsocket", socket, "--dir", tmp_path]
    with subprocess.Popen(
        [server, PRODUCTION / "valkey.conf", *own], stdout=subprocess.DEVNULL
    ) as process:
        wait_for(lambda: process.poll() is not None or socket.exists())
        with Redis(unix_socket_path=str(socket), decode_responses=True) as redis:
            taken = cast("dict[str, str]", redis.config_get())
        process.terminate()
    assert taken["appendonly"] == "yes"
    assert taken["appendfsync"] == "everysec"
    assert taken["maxmemory-policy"] == "noeviction"


@pytest.fixture
async def production_url() -> AsyncGenerator[str]:
    """A database that roles.sql has made, as its owner; it and its roles are gone afterwards."""
    server = os.environ["TEST_POSTGRES_SERVER"]
    statements = renamed((PRODUCTION / "roles.sql").read_text())
    connection = await asyncpg.connect(server)
    try:
        for statement in filter(None, map(str.strip, statements.split(";"))):
            await connection.execute(statement)
        url = server.replace("/shoal?", "/production?")
        yield url.replace("//shoal@", "//production_owner@")
        await connection.execute("DROP DATABASE production WITH (FORCE)")
        for role in ("owner", "application"):
            await connection.execute(f"DROP ROLE production_{role}")
    finally:
        await connection.close()


def renamed(sql: str) -> str:
    """The same for another mall: this server has one already."""
    code = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    return code.replace("shoal", "production")


async def test_the_roles_suffice_to_migrate_and_to_work(production_url: str):
    role = "production_application"
    await migrator.upgrade(production_url, Random(1), application_role=role)
    await migrator.check(production_url, Random(1))

    url = production_url.replace("production_owner", role)
    application = await asyncpg.connect(url)
    try:
        assert await application.fetch("SELECT * FROM stock_entries") == []
        for refused in ("DELETE FROM stock_entries", "CREATE TABLE mine (id int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await application.execute(refused)
    finally:
        await application.close()


def test_the_document_names_files_that_are_there():
    for path in re.findall(r"\((production/[\w./-]*)\)", DOCUMENT):
        assert (PRODUCTION.parent / path).exists(), path
