"""``mall worker``: runs the background work until it is told to stop."""

import asyncio
import os
import signal
from random import SystemRandom

import click
import uvloop
from prometheus_client import start_http_server

from domain.kernel.clock import system_clock
from domain.kernel.failpoints import arm
from domain.kernel.logs import configure_logs
from domain.kernel.settings import Settings, read_settings
from workers.main import run_worker


@click.command("worker")
def command() -> None:
    """Run the background worker: sweeps over due work, and a heartbeat in the database.

    At SIGTERM it takes no new job and lets those under way end within MALL_SHUTDOWN_SECONDS.
    """
    settings = read_settings(os.environ)
    settings.require_servers()
    configure_logs(settings.log_level, settings.log_format)
    if settings.failpoint is not None:
        arm(settings.failpoint)
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, addr="127.0.0.1")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_worker(settings, stop, clock=system_clock, random=SystemRandom())
