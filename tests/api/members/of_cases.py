"""How members name cases of theirs, and orders in them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from domain.aftersales.models import Case, CaseHistory
from domain.aftersales.words import CaseKind, CaseReason, CaseStatus
from domain.kernel.db import WriteSession
from tests import make, make_orders
from tests.api.client import Api
from tests.api.members.naming import Naming, ordered
from tests.api.members.sending import Headers
from tests.make import NOON

A_CASE: Mapping[str, Any] = {
    "kind": "REFUND",
    "reason": "NOT_WANTED",
    "lines": [{"lineNumber": 1, "units": 1}],
}


async def a_case(session: WriteSession, member_id: UUID, variant_id: UUID) -> None:
    """A case of a member's, which waits for its goods."""
    order = await make_orders.an_order(session, member_id, variant_id)
    status = CaseStatus.APPROVED
    case = Case(
        id=make.an_id(),
        order_id=order.id,
        ordinal=1,
        number=f"{order.number}-A1",
        member_id=member_id,
        place_id=order.place_id,
        kind=CaseKind.RETURN,
        status=status,
        reason=CaseReason.OTHER,
        is_shops_fault=False,
        note="",
        goods_fen=1,
        freight_fen=0,
        refund_fen=1,
        requested_at=NOON,
        due_at=NOON,
        return_to="仓库",
    )
    session.add(case)
    await session.flush()
    session.add(CaseHistory(case_id=case.id, number=1, to_status=status, actor="test", at=NOON))


async def asked(api: Api, headers: Headers) -> str:
    """A case of the caller's own, as everybody here has one."""
    answer = await api.run("miniprogram/CaseList", headers)
    return answer["data"]["cases"]["edges"][0]["node"]["id"]


async def complained_of(api: Api, headers: Headers) -> str:
    """The order of that case."""
    answer = await api.run("miniprogram/CaseList", headers)
    return answer["data"]["cases"]["edges"][0]["node"]["orderId"]


CASE_NAMINGS: Mapping[str, Naming] = {
    "Query.previewCase(input.orderId)": Naming(
        "miniprogram/CasePreview",
        ordered,
        lambda public_id: {"input": {"orderId": public_id, **A_CASE}},
    ),
    "Query.cases(orderId)": Naming(
        "miniprogram/CaseList", complained_of, lambda public_id: {"orderId": public_id}
    ),
    "Query.case(id)": Naming("miniprogram/CaseDetail", asked, lambda public_id: {"id": public_id}),
    "Mutation.openCase(input.orderId)": Naming(
        "miniprogram/CaseOpen",
        ordered,
        lambda public_id: {
            "input": {
                "requestId": str(make.an_id()),
                "orderId": public_id,
                "seen": 15800,
                **A_CASE,
            }
        },
    ),
    "Mutation.cancelCase(input.caseId)": Naming(
        "miniprogram/CaseCancel",
        asked,
        lambda public_id: {"input": {"requestId": str(make.an_id()), "caseId": public_id}},
    ),
    "Mutation.sendCaseBack(input.caseId)": Naming(
        "miniprogram/CaseSendBack",
        asked,
        lambda public_id: {
            "input": {
                "requestId": str(make.an_id()),
                "caseId": public_id,
                "carrier": "SF",
                "trackingNumber": "SF12345678",
            }
        },
    ),
}
"""Each argument of members about cases that takes an id, in the words of `places_of_ids`."""
