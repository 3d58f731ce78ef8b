"""A worker process: its heart, and the sweeps that arq wakes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta, timezone
from random import Random

from arq import Worker
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.aftersales.rules import terms_of
from domain.gateways.outside import Outside, open_outside
from domain.gateways.stores import media_store
from domain.kernel.clock import Clock
from domain.kernel.db import open_database
from domain.kernel.ids import new_id
from domain.kernel.logs import logger
from domain.kernel.queueing import QUEUE, from_json, to_json
from domain.kernel.settings import Settings
from domain.messages.sending import Mailing, templates_of
from domain.orders.picking_up.readying import Lasting
from domain.orders.refunding.terms import refund_terms_of
from domain.orders.tracking.rules import Pace
from domain.points.rules.terms import terms_of as points_terms_of
from workers.heart import keep_beating
from workers.queue import open_queue
from workers.schedule import SCHEDULE
from workers.tools import MessageDesk, PickUpDesk, Tools, TrackingDesk

_LOG = logger(__name__)
_JOB_SECONDS = 20
_POLL_SECONDS = 0.1
_HEALTH_SECONDS = 5
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0
_SHOP_TIMEZONE = timezone(timedelta(hours=8), "Asia/Shanghai")


async def run_worker(
    settings: Settings, stop: asyncio.Event, *, clock: Clock, random: Random
) -> None:
    """Beat and sweep until ``stop`` is set, then let the jobs under way end.

    arq's own worker ends when Valkey goes away. This one begins it anew, with growing pauses,
    and keeps its heart beating meanwhile.
    """
    async with open_tools(settings, clock=clock, random=random) as tools:
        started_at = clock()
        worker_id = new_id(started_at, random)
        _LOG.info("worker.started", worker_id=str(worker_id))
        heart = asyncio.create_task(keep_beating(tools, worker_id, started_at=started_at))
        try:
            await _sweep_until(stop, settings, tools)
        finally:
            heart.cancel()
        _LOG.info("worker.stopped", worker_id=str(worker_id))


@asynccontextmanager
async def open_tools(settings: Settings, *, clock: Clock, random: Random) -> AsyncGenerator[Tools]:
    """Open what sweeps work with, for as long as a process lives."""
    redis = Redis.from_url(settings.required_redis_url())
    async with (
        redis,
        open_outside(settings, clock, redis, random) as outside,
        open_database(
            settings.required_database_url(),
            read_connections=settings.read_connections,
            write_connections=settings.write_connections,
            hot_connections=settings.hot_connections,
        ) as database,
    ):
        desk = _message_desk(settings, outside)
        store = media_store(settings)
        yield Tools(
            database,
            clock,
            store,
            random,
            gateway=outside.wechat_pay,
            messages=desk,
            shipping=outside.shipping,
            pick_ups=PickUpDesk(settings.required_vault(), _lasting(settings)),
            tracking=_tracking_desk(settings, outside),
            refund_terms=refund_terms_of(settings),
            case_terms=terms_of(settings),
            points_terms=points_terms_of(settings),
        )


def _lasting(settings: Settings) -> Lasting:
    """How long the codes of pick-ups last, and when their members are reminded."""
    remind_days = settings.pick_up_reminder_days
    remind_after = timedelta(days=remind_days) if remind_days else None
    return Lasting(timedelta(days=settings.pick_up_days), remind_after)


def _tracking_desk(settings: Settings, outside: Outside) -> TrackingDesk | None:
    """Who is asked for parcels; None where nobody is."""
    if outside.tracking is None:
        return None
    return TrackingDesk(outside.tracking, Pace(settings.tracking_pause))


def _message_desk(settings: Settings, outside: Outside) -> MessageDesk | None:
    """What messages are sent by; None without a mini-program."""
    if outside.letters is None or settings.wechat_app_id is None:
        return None
    templates = templates_of(
        {kind: (each.id, each.fields) for kind, each in settings.wechat_templates.items()}
    )
    return MessageDesk(outside.letters, Mailing(settings.wechat_app_id, templates))


async def _sweep_until(stop: asyncio.Event, settings: Settings, tools: Tools) -> None:
    stopped = asyncio.create_task(stop.wait())
    pause_seconds = _FIRST_PAUSE_SECONDS
    while not stop.is_set():
        worker = _arq_worker(settings, tools)
        running = asyncio.create_task(worker.async_run())
        begun = asyncio.get_running_loop().time()
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await _let_jobs_end(worker, settings.shutdown_seconds)
        reason = await _end(worker, running)
        if stop.is_set():
            break
        if reason is not None and not isinstance(reason, RedisError | OSError | TimeoutError):
            raise reason
        if asyncio.get_running_loop().time() - begun > _LONGEST_PAUSE_SECONDS:
            pause_seconds = _FIRST_PAUSE_SECONDS
        _LOG.warning("worker.valkey_away", reason=repr(reason), retry_in_seconds=pause_seconds)
        await asyncio.wait({stopped}, timeout=pause_seconds)
        pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)


async def _let_jobs_end(worker: Worker, seconds: float) -> None:
    worker.allow_pick_jobs = False
    if worker.tasks:
        await asyncio.wait(worker.tasks.values(), timeout=seconds)


async def _end(worker: Worker, running: asyncio.Task[None]) -> BaseException | None:
    """End what still runs, let go of Valkey, and answer with what ended the worker.

    arq's own `close` would also delete the health key, which all workers of a queue share.
    """
    jobs = list(worker.tasks.values())
    for task in (running, *jobs):
        task.cancel()
    reason, *_ = await asyncio.gather(running, *jobs, return_exceptions=True)
    with suppress(RedisError, OSError):
        await worker.pool.aclose(close_connection_pool=True)
    return reason


def _arq_worker(settings: Settings, tools: Tools) -> Worker:
    return Worker(
        cron_jobs=SCHEDULE,
        queue_name=QUEUE,
        redis_pool=open_queue(settings.required_redis_url()),
        ctx={"tools": tools},
        handle_signals=False,
        job_timeout=_JOB_SECONDS,
        keep_result=0,
        job_serializer=to_json,
        job_deserializer=from_json,
        poll_delay=_POLL_SECONDS,
        health_check_interval=_HEALTH_SECONDS,
        timezone=_SHOP_TIMEZONE,
    )
