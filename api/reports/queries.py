"""The root fields of reports, for those of the staff who keep the account of money."""

from datetime import timedelta
from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Context, Info
from api.downloads import download_path
from api.reports.types import FinanceReport, SalesReport
from domain.kernel.days import Days, day_at, day_of
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence
from domain.reports import structs
from domain.reports.exporting import FINANCE_PASS, SALES_PASS
from domain.reports.finance import finance_report
from domain.reports.sales import MOST_DAYS, sales_report

_NO_DAYS = Sentence(
    zh="请给出起止日期，如 2026-11-27，最多 {days} 天，且不晚于今天。",
    en="Give days such as 2026-11-27, at most {days} of them, and none that is to come.",
)
_First = Annotated[
    str | None,
    strawberry.argument(description="The first day, such as 2026-11-01; yesterday without it."),
]
_Last = Annotated[
    str | None, strawberry.argument(description="The last day; the first one without it.")
]


@strawberry.type
class ReportQuery:
    """Reads of reports."""

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=SalesReport,
        description="What was sold on some days, of at most 31, by day, place, channel and "
        "product.",
    )
    async def sales_report(
        self, info: Info, first_day: _First = None, last_day: _Last = None
    ) -> structs.SalesReport:
        context = info.context
        days = _days(context, first_day, last_day)
        path = download_path(context, "sales", str(days), purpose=SALES_PASS)
        return await sales_report(context.reads, days, context.language, download_path=path)

    @root_field(
        access=Access.BOOKKEEPER,
        graphql_type=FinanceReport,
        description="What money moved on some days, of at most 31, by day and provider, and what "
        "the gateway's bills of them say.",
    )
    async def finance_report(
        self, info: Info, first_day: _First = None, last_day: _Last = None
    ) -> structs.FinanceReport:
        context = info.context
        days = _days(context, first_day, last_day)
        path = download_path(context, "finance", str(days), purpose=FINANCE_PASS)
        return await finance_report(context.reads, days, download_path=path)


def _days(context: Context, first_day: str | None, last_day: str | None) -> Days:
    """The days that are asked for; a BAD_INPUT fault for what is none, or is too many."""
    today = day_at(context.now())
    first = today - timedelta(days=1) if first_day is None else day_of(first_day)
    last = first if last_day is None else day_of(last_day)
    if first is None or last is None or not first <= last <= today:
        raise BadInput(_NO_DAYS, days=MOST_DAYS)
    days = Days(first, last)
    if days.count > MOST_DAYS:
        raise BadInput(_NO_DAYS, days=MOST_DAYS)
    return days
