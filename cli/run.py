"""``mall run``: the whole mall on this machine, with engines of its own."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from api.playground.build import Build
from cli.door import Door
from cli.keeping import keep
from cli.supervisor import Plan
from domain.kernel.setting_names import PREFIX
from domain.kernel.settings import Profile, Settings, read_settings

CHECKOUT = Path(__file__).parent.parent
DEMO_NAME = "屿光 YUGUANG"


@click.command()
def command() -> None:
    """Run PostgreSQL, Valkey, a fake WeChat, the API and the worker until Ctrl-C.

    MALL_PORT is the API's port, MALL_HOME the folder for data and logs. With
    MALL_DATABASE_URL or MALL_REDIS_URL that server is used instead of the embedded one. With any
    of MALL_WECHAT_… there is no fake WeChat, and outside development there never is.
    """
    keep(plan_of(os.environ))


def plan_of(environ: Mapping[str, str]) -> Plan:
    """Return the mall that the environment describes; or `SettingsRefused`."""
    given = {name: value for name, value in environ.items() if value}
    environment = {"MALL_PROFILE": "development", "MALL_DRAIN_SECONDS": "0"} | given
    settings = read_settings(environment)
    door = Door(settings.host, settings.port)
    # Production does not guess where its clients find it; here they are on this machine.
    environment.setdefault("MALL_PUBLIC_URL", door.address)
    is_development = settings.profile is Profile.DEVELOPMENT
    if is_development:
        environment.setdefault("MALL_NAME", DEMO_NAME)
    if not is_development:
        settings.required_vault()
    mall = (sys.executable, "-m", "cli")
    database, redis = settings.database_url, settings.redis_url
    return Plan(
        home=settings.home,
        door=door,
        environment=environment,
        folder=CHECKOUT,
        migrate=(*mall, "migrate"),
        seed=_seed(settings, mall),
        api=(*mall, "api"),
        worker=(*mall, "worker"),
        database_url=database.get_secret_value() if database else None,
        redis_url=redis.get_secret_value() if redis else None,
        shutdown_seconds=settings.shutdown_seconds,
        # In production staff sign in by themselves; a token that was given is used as it is.
        keeps_staff_token=is_development and settings.staff_token is None,
        keeps_master_key=is_development and settings.master_keys is None,
        keeps_demo_sign_in=is_development,
        wechat=_wechat(given) if is_development else None,
        has_history=is_development,
        playground=None if Build().is_ready else (*mall, "playground"),
    )


def _wechat(given: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the command of the fake WeChat; None where any setting of WeChat was given."""
    if any(name.startswith(f"{PREFIX}WECHAT_") for name in given):
        return None
    return (sys.executable, "-m", "sandbox.wechat")


def _seed(settings: Settings, mall: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the command that fills an empty mall; production begins empty and stays so."""
    return (*mall, "seed") if settings.profile is Profile.DEVELOPMENT else None
