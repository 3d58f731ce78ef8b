"""What the mall measures about itself; the edges decide who may read it."""

from prometheus_client import Counter, Gauge, Histogram

_FAST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

CONNECTION_HELD = Histogram(
    "mall_connection_held_seconds",
    "How long a PostgreSQL connection of the read pool was held by one statement.",
    buckets=_FAST_BUCKETS,
)
CONNECTION_REFUSED = Counter(
    "mall_connection_refused_total",
    "Reads and hot writes refused: PostgreSQL was away or no connection came free in time.",
)
GRAPHQL_ANSWERED = Histogram(
    "mall_graphql_answered_seconds",
    "GraphQL requests, by trusted document (or adhoc) and outcome (ok or a fault code).",
    ["document", "outcome"],
    buckets=_FAST_BUCKETS,
)
PUBLIC_ANSWERS = Counter(
    "mall_public_answers_total",
    "Answers to public reads that may be kept, by how they came: kept, made, or shared by who "
    "asked while one was made.",
    ["how"],
)
STAFF_SIGN_INS = Counter(
    "mall_staff_sign_ins_total",
    "Steps of signing in as staff, by step (password, code, recovery_code or own_password) and "
    "outcome (right, wrong, locked_out or blocked).",
    ["step", "outcome"],
)
GATE_RUNNING = Gauge("mall_gate_running", "Requests that run now, by class of work.", ["gate"])
GATE_WAITING = Gauge("mall_gate_waiting", "Requests that wait now, by class of work.", ["gate"])
GATE_REFUSED = Counter("mall_gate_refused_total", "Requests refused as BUSY.", ["gate"])
BATCH_SIZE = Histogram(
    "mall_batch_size",
    "Requests that a batcher carried out in one transaction, by batcher.",
    ["batcher"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
BATCH_CARRIED_OUT = Histogram(
    "mall_batch_carried_out_seconds",
    "How long a batch took from its first statement to its answers, by batcher.",
    ["batcher"],
    buckets=_FAST_BUCKETS,
)
BATCH_WAITING = Gauge(
    "mall_batch_waiting", "Requests that wait for the next batch, by batcher.", ["batcher"]
)
CLOCK_SKEW = Gauge(
    "mall_clock_skew_seconds", "This process's clock minus PostgreSQL's, at the last heartbeat."
)
STANDING_SEEN = Gauge(
    "mall_standing_seen_timestamp_seconds",
    "When this process last saw which sessions have ended, in seconds since 1970.",
)
OUTSIDE_ANSWERED = Histogram(
    "mall_outside_answered_seconds",
    "Calls to services outside, by service, endpoint and outcome (ok, rejected, limited, "
    "unavailable, misconfigured, cancelled or bug).",
    ["service", "endpoint", "outcome"],
    buckets=_FAST_BUCKETS,
)
WECHAT_PAY_UNTRUSTED = Counter(
    "mall_wechat_pay_untrusted_total",
    "Answers and notices of WeChat Pay that were not believed, by kind (answer or notice) and "
    "reason. It sends some wrong signatures on purpose.",
    ["kind", "reason"],
)
OUTBOX_OLDEST_DUE = Gauge(
    "mall_outbox_oldest_due_seconds",
    "How long the oldest fact of the outbox has been due that has not taken effect.",
)
POINTS_OLDEST_UNEARNED = Gauge(
    "mall_points_oldest_unearned_seconds",
    "How long the oldest order has been due whose points were not brought up to where it is.",
)
OUTBOX_DEAD_LETTERS = Gauge(
    "mall_outbox_dead_letters", "Facts of the outbox that were given up and wait for a person."
)
MESSAGES_SENT = Counter(
    "mall_messages_sent_total",
    "Messages outside the mall that were tried, by kind and outcome (sent, no_permit, failed, "
    "unknown or put_off).",
    ["kind", "outcome"],
)
MESSAGES_BROKEN = Gauge(
    "mall_messages_broken",
    "Messages outside the mall that failed in the last day, or of which nobody knows.",
)
MESSAGES_OLDEST_DUE = Gauge(
    "mall_messages_oldest_due_seconds",
    "How long the oldest message outside the mall has been due that was not looked at.",
)
SOCKETS_OPEN = Gauge(
    "mall_sockets_open",
    "Connections of subscriptions that are open, by protocol (websocket or sse).",
    ["protocol"],
)
SOCKETS_CLOSED = Counter(
    "mall_sockets_closed_total",
    "Connections of subscriptions that have ended, by protocol and close code (1000 of an event "
    "stream that came to its end, 1005 where the client left).",
    ["protocol", "code"],
)
SOCKETS_REFUSED = Counter(
    "mall_sockets_refused_total",
    "Connections that were refused before they were opened, by reason (origin, full or leaving).",
    ["reason"],
)
SUBSCRIPTIONS_OPEN = Gauge(
    "mall_subscriptions_open", "Subscriptions that run, by trusted document or adhoc.", ["document"]
)
SUBSCRIPTION_EVENTS = Counter(
    "mall_subscription_events_total",
    "Events that were sent to subscribers, by document.",
    ["document"],
)
SUBSCRIPTION_OVERFLOWED = Counter(
    "mall_subscription_overflowed_total",
    "Times that a subscriber read so slowly that waiting events gave way to the latest state.",
)
ORDERS_PLACED = Counter("mall_orders_placed_total", "Orders that were placed.")
ORDERS_CLOSED = Counter(
    "mall_orders_closed_total", "Orders that were closed without being paid.", ["reason"]
)
ORDERS_PAID = Counter("mall_orders_paid_total", "Orders that were paid, in time or late.", ["when"])
ORDERS_RECEIVED = Counter(
    "mall_orders_received_total", "Orders that were received, or taken for it.", ["by"]
)
CASES_MOVED = Counter(
    "mall_cases_moved_total", "Moves of cases after the sale.", ["kind", "status"]
)
CASES_OVERDUE = Gauge("mall_cases_overdue", "Open cases of which the shop has missed a deadline.")
PARCELS_SHIPPED = Counter("mall_parcels_shipped_total", "Parcels of orders that were sent.")
PAYMENTS_NOT_APPLIED = Counter(
    "mall_payments_not_applied_total",
    "Payments and refunds that gateways have told, rightly signed, that a person has to look at.",
    ["reason"],
)
# Prometheus sees no increase in a series that begins with it: each begins at nothing.
for _reason in (
    "amount", "currency", "merchant", "app", "transaction", "unknown", "unknown_refund",
    "refunded_elsewhere", "refund_differs", "refund_closed", "refund_abnormal",
    "refund_refused", "refund_paid_twice",
):  # fmt: skip
    PAYMENTS_NOT_APPLIED.labels(_reason)
NOTICES_REFUSED = Counter(
    "mall_payment_notices_refused_total",
    "Notices that were not signed as they should be, by reason. Gateways send some on purpose.",
    ["reason"],
)
CLEARING_OLDEST = Gauge(
    "mall_clearing_oldest_seconds",
    "How long the oldest money stands that came in and is neither an order's nor back.",
)
REFUNDS_OLDEST = Gauge(
    "mall_order_refunds_oldest_seconds",
    "For how long money of the oldest refund of an order that is not over has to go back.",
)
PICK_UPS_OLDEST = Gauge(
    "mall_pick_ups_oldest_seconds",
    "For how long the oldest order lies ready in a store that nobody has fetched.",
)
RECONCILIATION_OPEN = Gauge(
    "mall_reconciliation_open",
    "Differences between the gateway's bills and our books that are open.",
)
RECONCILIATION_OLDEST = Gauge(
    "mall_reconciliation_oldest_seconds",
    "How long the oldest difference is open.",
)
RECONCILIATION_BEHIND = Gauge(
    "mall_reconciliation_days_behind",
    "For how many days the oldest bill is due that has not been had.",
)
SHIPPING_DUTY_OVERDUE = Gauge(
    "mall_shipping_duty_overdue_seconds",
    "For how long the oldest payment is overdue whose shipping WeChat has not been told.",
)
SHIPPING_DUTY_STUCK = Gauge(
    "mall_shipping_duty_stuck",
    "Payments of which WeChat does not take what it is told, and that somebody has to look at.",
)
SHIPPING_DUTY_FROZEN = Gauge(
    "mall_shipping_duty_frozen_fen",
    "Money of payments that WeChat keeps frozen, as far as is known, in fen.",
)
SHIPPING_TOLD = Counter(
    "mall_shipping_told_total",
    "What came of calls about what was shipped, by what was done.",
    ["errand", "outcome"],
)
CLEARING_UNAPPLIED = Gauge(
    "mall_clearing_unapplied_fen",
    "Money that came in and is neither an order's nor back, in fen.",
)
POINTS_OLDEST_DUE = Gauge(
    "mall_points_oldest_due_seconds",
    "How long the account has been due that has waited longest, by sweep (settle_points or "
    "expire_points).",
    ["sweep"],
)
POINTS_LOTS_MOVED = Counter(
    "mall_points_lots_moved_total", "Lots of points that settled or expired, by sweep.", ["sweep"]
)
POINTS_PUT_OFF = Counter(
    "mall_points_put_off_total",
    "Accounts that could not be moved by themselves and wait for a person, by sweep.",
    ["sweep"],
)
for _sweep in ("settle_points", "expire_points"):
    POINTS_OLDEST_DUE.labels(_sweep)
    POINTS_LOTS_MOVED.labels(_sweep)
    POINTS_PUT_OFF.labels(_sweep)
