"""The endpoints of WeChat Pay."""

from starlette.routing import Route

from sandbox.wechat.pay import billing, certificates, prepaying, refunding, standing
from sandbox.wechat.pay.answering import pay_route
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.world import World


def pay_routes(world: World, cashier: Cashier) -> list[Route]:
    """Return what the merchant calls; there is none where this world has no keys."""
    if not world.pay:
        return []
    endpoints = (
        ("POST", prepaying.PATH, prepaying.prepay),
        ("GET", standing.BY_NUMBER, standing.query_by_number),
        ("GET", standing.BY_TRANSACTION, standing.query_by_transaction),
        ("POST", standing.CLOSE, standing.close),
        ("POST", refunding.PATH, refunding.refund),
        ("GET", refunding.BY_NUMBER, refunding.query_refund),
        ("GET", billing.TRADES, billing.trade_bill),
        ("GET", billing.FUNDS, billing.fund_bill),
        ("GET", billing.DOWNLOAD, billing.download),
        ("GET", certificates.PATH, certificates.certificates),
    )
    return [pay_route(world, cashier, method, path, handler) for method, path, handler in endpoints]
