"""What members say who ask for invoices over HTTP, as other tests need it."""

from tests.api.client import Api
from tests.api.members.sending import Headers

INVOICE = {
    "titleKind": "PERSONAL",
    "title": "林晓",
    "email": "lin@example.cn",
}


async def invoiced(api: Api, headers: Headers) -> str:
    """A request for an invoice of the caller's own, as everybody here has one."""
    orders = (await api.run("miniprogram/OrderList", headers))["data"]["orders"]["edges"]
    for edge in orders:
        answer = await api.run("miniprogram/OrderInvoices", headers, orderId=edge["node"]["id"])
        if asked := answer["data"]["orderInvoices"]:
            return asked[0]["id"]
    raise AssertionError("nobody has asked for an invoice")
