"""Every table of the mall in one place, for migrations and tests."""

from domain.addresses import models as addresses
from domain.aftersales import models as aftersales
from domain.catalog import models as catalog
from domain.catalog.importing import models as importing
from domain.favourites import models as favourites
from domain.freight import models as freight
from domain.invoices import models as invoices
from domain.kernel import heartbeats, idempotency, outbox
from domain.kernel.db import Base
from domain.media import models as media
from domain.members import models as members
from domain.messages import models as messages
from domain.orders import models as orders
from domain.orders.cart import models as carts
from domain.orders.earning import models as earning
from domain.orders.exporting import models as exporting
from domain.orders.picking_up import models as picking_up
from domain.orders.redeeming import models as redeeming
from domain.orders.refunding import models as refunding
from domain.orders.shipping import models as shipping
from domain.orders.shipping.importing import models as shipment_imports
from domain.orders.tracking import models as tracking
from domain.payments import models as payments
from domain.points import models as points
from domain.points.adjusting import models as points_adjusting
from domain.points.earning import models as points_earning
from domain.points.giving import models as points_giving
from domain.points.liabilities import models as points_liabilities
from domain.reconciliation import models as reconciliation
from domain.sessions import models as sessions
from domain.shipping_duty import models as shipping_duty
from domain.staff import models as staff
from domain.stock import models as stock
from domain.stores import models as stores

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "addresses",
    "aftersales",
    "carts",
    "catalog",
    "earning",
    "exporting",
    "favourites",
    "freight",
    "heartbeats",
    "idempotency",
    "importing",
    "invoices",
    "media",
    "members",
    "messages",
    "orders",
    "outbox",
    "payments",
    "picking_up",
    "points",
    "points_adjusting",
    "points_earning",
    "points_giving",
    "points_liabilities",
    "reconciliation",
    "redeeming",
    "refunding",
    "sessions",
    "shipment_imports",
    "shipping",
    "shipping_duty",
    "staff",
    "stock",
    "stores",
    "tracking",
]
