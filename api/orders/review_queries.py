"""The root field of the queue of texts, for staff in charge of the mall."""

from typing import Annotated

import strawberry

from api.access import Access, root_field
from api.context import Info
from api.orders.review_types import PersonalisationReview
from api.paging import After, Connection, ConnectionView, First, connection, page_size, place
from domain.kernel.paging import DEFAULT_PAGE, Place
from domain.orders import review_views
from domain.orders.review_views import ReviewView
from domain.orders.words import ReviewStatus

_PLACED = "placed"


@strawberry.type
class ReviewQuery:
    """Reads of texts that are or were looked at."""

    @root_field(
        access=Access.OPERATOR,
        graphql_type=Connection[PersonalisationReview],
        description="Texts to be engraved: those that wait, the oldest first and without those of "
        "closed orders; or those of another status, the newest first.",
    )
    async def personalisation_reviews(
        self,
        info: Info,
        status: Annotated[
            ReviewStatus, strawberry.argument(description="How they stand.")
        ] = ReviewStatus.PENDING,
        first: First = DEFAULT_PAGE,
        after: After = None,
    ) -> ConnectionView[ReviewView]:
        order = f"{_PLACED}{status}"
        after_place = place(after, order)
        page = await review_views.reviews(
            info.context.reads, status, first=page_size(first), after=after_place
        )
        return connection(page, order, _place_of, after=after_place)


def _place_of(review: ReviewView) -> Place:
    return Place(review.line_number, review.key)
