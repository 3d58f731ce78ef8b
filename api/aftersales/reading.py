"""How cases are read for whoever asks."""

from uuid import UUID

from api.aftersales.results import CasePreviewView, PreviewLineView
from api.context import Info
from domain.aftersales.errors import CaseUnavailable
from domain.aftersales.opening import Preview
from domain.aftersales.telling import next_told
from domain.aftersales.views import CaseReading, CaseView, case_by_id
from domain.kernel.language import Language
from domain.kernel.money import Fen
from domain.kernel.points import Points


def case_reading(info: Info) -> CaseReading:
    """In the caller's language, with pictures that can be seen from now on for a while."""
    context = info.context
    return CaseReading(context.language, context.cases.pictures(context.now()))


async def own_case(info: Info, case_id: UUID) -> CaseView:
    """A case of the member's after something was done with it."""
    context = info.context
    found = await case_by_id(
        context.reads, case_reading(info), case_id, member_id=context.member().id
    )
    if found is None:
        raise CaseUnavailable
    return found


async def case_in_reach(info: Info, case_id: UUID) -> CaseView | None:
    """A case as the staff see it; None where there is none in their reach."""
    context = info.context
    reading, within = case_reading(info), context.staff().store_ids
    return await case_by_id(context.reads, reading, case_id, within=within)


async def case_now(info: Info, case_id: UUID) -> CaseView:
    """A case after the staff did something with it."""
    found = await case_in_reach(info, case_id)
    if found is None:
        raise CaseUnavailable
    return found


def preview_view(found: Preview, language: Language) -> CasePreviewView:
    """What would come back by a case, in the caller's language."""
    plan = found.plan
    return CasePreviewView(
        goods_fen=Fen(plan.goods_fen),
        freight_fen=Fen(plan.freight_fen),
        refund_fen=Fen(plan.total_fen),
        points=Points(plan.points),
        earned_points_taken=Points(found.earned_points_taken),
        lines=[
            PreviewLineView(
                each.number,
                each.units,
                Fen(each.goods_fen),
                Fen(each.freight_fen),
                Points(each.points),
            )
            for each in plan.lines
        ],
        is_instant=found.is_instant,
        next_step=found.next_step,
        next_step_text=next_told(found.next_step, found.due_at, language),
        due_by=found.due_at,
        cases=found.cases,
    )
