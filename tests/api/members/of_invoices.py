"""How members name orders of theirs that they want invoices of, and what they asked for."""

from collections.abc import Mapping

from tests import make
from tests.api.invoices.asking import INVOICE, invoiced
from tests.api.members.naming import Naming, ordered

INVOICE_NAMINGS: Mapping[str, Naming] = {
    "Mutation.requestInvoice(input.orderId)": Naming(
        "miniprogram/OrderRequestInvoice",
        ordered,
        lambda public_id: {
            "input": {**INVOICE, "requestId": str(make.an_id()), "orderId": public_id}
        },
    ),
    "Mutation.cancelInvoice(input.invoiceId)": Naming(
        "miniprogram/OrderCancelInvoice",
        invoiced,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "invoiceId": public_id}},
    ),
    "Query.orderInvoices(orderId)": Naming(
        "miniprogram/OrderInvoices", ordered, lambda public_id: {"orderId": public_id}
    ),
}
