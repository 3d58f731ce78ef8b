"""When the sweeps are woken. A tick that is missed costs nothing: due work stays due."""

from collections.abc import Awaitable, Callable
from typing import cast

from arq import cron
from arq.cron import CronJob
from arq.typing import WorkerCoroutine

from workers.cases import watch_cases
from workers.earning import earn_points
from workers.expiring_points import LONGEST_SECONDS as LONGEST_TELLING
from workers.expiring_points import tell_expiring_points
from workers.messages import send_messages
from workers.order_exports import forget_order_exports, run_order_exports
from workers.orders import close_due_orders
from workers.payments import (
    ask_payments,
    refund_payments,
    watch_clearing,
)
from workers.pick_ups import ready_pick_ups, remind_pick_ups, watch_pick_ups
from workers.points import expire_points, settle_points, take_points_liability
from workers.product_imports import forget_product_imports, run_product_imports
from workers.receipts import receive_due_orders
from workers.reconciliation import (
    LONGEST_SECONDS,
    reconcile_bills,
    watch_reconciliation,
)
from workers.relay import relay_outbox
from workers.shipment_imports import forget_shipment_imports, run_shipment_imports
from workers.shipping_duty import begin_missed_duties, tell_shipping, watch_shipping_duty
from workers.sweeps import (
    clear_uploads,
    forget_bill_lines,
    forget_case_texts,
    forget_done_facts,
    forget_ended_sessions,
    forget_messages,
    forget_old_answers,
    forget_old_phone_codes,
    forget_payment_notices,
    forget_silent_workers,
    forget_tracks,
)
from workers.tools import SweepContext
from workers.tracking import track_parcels
from workers.virtual_goods import deliver_virtual_goods

Sweep = Callable[[SweepContext], Awaitable[None]]


_BILL_SECONDS = LONGEST_SECONDS + 360
"""For the last bill of a turn: its download, its lines, and what differs by it."""


def _wake(
    sweep: Sweep,
    *,
    minute: int | None,
    second: int | set[int] = 0,
    most_seconds: int | None = None,
) -> CronJob:
    """Wake a sweep at those seconds of that minute, or of each minute.

    arq asks for a wider signature than it ever calls.
    """
    return cron(
        cast("WorkerCoroutine", sweep),
        name=sweep.__name__,
        minute=minute,
        second=second,
        timeout=most_seconds,
    )


SCHEDULE: list[CronJob] = [
    _wake(close_due_orders, minute=None, second=set(range(60))),
    _wake(receive_due_orders, minute=None, second={10, 40}),
    _wake(watch_cases, minute=None, second={15, 45}),
    _wake(earn_points, minute=None, second=set(range(60))),
    _wake(deliver_virtual_goods, minute=None, second=set(range(60))),
    _wake(ready_pick_ups, minute=None, second=set(range(2, 60, 5))),
    _wake(remind_pick_ups, minute=None, second=35),
    _wake(watch_pick_ups, minute=None, second=55),
    _wake(ask_payments, minute=None, second=set(range(60))),
    _wake(refund_payments, minute=None, second=set(range(60))),
    _wake(watch_clearing, minute=None, second={5, 35}),
    _wake(reconcile_bills, minute=None, second=20, most_seconds=_BILL_SECONDS),
    _wake(watch_reconciliation, minute=None, second=50),
    _wake(tell_shipping, minute=None, second=set(range(60))),
    _wake(watch_shipping_duty, minute=None, second=25),
    _wake(track_parcels, minute=None, second=set(range(60))),
    _wake(run_product_imports, minute=None, second=set(range(60))),
    _wake(run_shipment_imports, minute=None, second=set(range(60))),
    _wake(settle_points, minute=None, second=set(range(0, 60, 3))),
    _wake(expire_points, minute=None, second=30),
    _wake(take_points_liability, minute=None, second=3),
    _wake(relay_outbox, minute=None, second=set(range(60))),
    _wake(send_messages, minute=None, second=set(range(60))),
    _wake(begin_missed_duties, minute=3),
    _wake(tell_expiring_points, minute=5, most_seconds=LONGEST_TELLING + 60),
    _wake(forget_silent_workers, minute=7),
    _wake(forget_done_facts, minute=11),
    _wake(run_order_exports, minute=None, second=set(range(60))),
    _wake(forget_order_exports, minute=13),
    _wake(forget_old_answers, minute=17),
    _wake(forget_payment_notices, minute=19),
    _wake(clear_uploads, minute=23),
    _wake(forget_old_phone_codes, minute=29),
    _wake(forget_ended_sessions, minute=43),
    _wake(forget_case_texts, minute=31),
    _wake(forget_product_imports, minute=37),
    _wake(forget_shipment_imports, minute=41),
    _wake(forget_messages, minute=47),
    _wake(forget_bill_lines, minute=53),
    _wake(forget_tracks, minute=59),
]
