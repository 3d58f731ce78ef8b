"""What staff can do to the things around products: shelves, tags, the home page."""

from typing import Annotated

import strawberry

from api.access import Access
from api.catalog import results
from api.catalog.inputs import (
    ArrangeHomePageInput,
    CreateCategoryInput,
    CreateTagInput,
    EditCategoryInput,
    EditTagInput,
    parent_key,
)
from api.catalog.product_mutations import Input, by_caller
from api.context import Info
from api.ids import key
from api.refusals import root_mutation
from domain.catalog.actions import categories, home, tags
from domain.catalog.actions.categories import SavedCategory
from domain.catalog.actions.home import Arranged
from domain.catalog.actions.tags import SavedTag, TagContent
from domain.catalog.tree import CategoryContent
from domain.catalog.views.structs import CATEGORY, TAG
from domain.kernel.db import WriteSession
from domain.kernel.ids import public_id


@strawberry.type
class ShelfMutation:
    """Changes of shelves, tags and the home page."""

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.CreateCategoryResult,
        description="Add a shelf.",
    )
    async def create_category(
        self, info: Info, given: Annotated[CreateCategoryInput, Input]
    ) -> results.CategorySavedView:
        content, by = _category(given), by_caller(info)

        async def act(session: WriteSession) -> SavedCategory:
            return await categories.create(session, content, reason=given.reason, by=by)

        saved = await info.context.once(
            "createCategory", given.request_id, given, act, answer=SavedCategory
        )
        return results.CategorySavedView(public_id(CATEGORY, saved.category_id))

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.EditCategoryResult,
        description="Rename, move, hide or show a shelf, with all that stands below.",
    )
    async def edit_category(
        self, info: Info, given: Annotated[EditCategoryInput, Input]
    ) -> results.CategorySavedView:
        category_id = key(given.category_id, CATEGORY, argument="categoryId")
        changes, by = given.changes(), by_caller(info)

        async def act(session: WriteSession) -> SavedCategory:
            return await categories.edit(session, category_id, changes, reason=given.reason, by=by)

        saved = await info.context.once(
            "editCategory", given.request_id, given, act, answer=SavedCategory
        )
        return results.CategorySavedView(public_id(CATEGORY, saved.category_id))

    @root_mutation(
        access=Access.OPERATOR, graphql_type=results.CreateTagResult, description="Add a tag."
    )
    async def create_tag(
        self, info: Info, given: Annotated[CreateTagInput, Input]
    ) -> results.TagSavedView:
        content, by = TagContent(code=given.code, title=given.title.value()), by_caller(info)

        async def act(session: WriteSession) -> SavedTag:
            return await tags.create(session, content, reason=given.reason, by=by)

        saved = await info.context.once("createTag", given.request_id, given, act, answer=SavedTag)
        return results.TagSavedView(public_id(TAG, saved.tag_id))

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.EditTagResult,
        description="Rename a tag on all products that have it.",
    )
    async def edit_tag(
        self, info: Info, given: Annotated[EditTagInput, Input]
    ) -> results.TagSavedView:
        tag_id, by = given.tag_key, by_caller(info)
        changes: dict[str, object] = {"title": given.title.value()}

        async def act(session: WriteSession) -> SavedTag:
            return await tags.edit(session, tag_id, changes, reason=given.reason, by=by)

        saved = await info.context.once("editTag", given.request_id, given, act, answer=SavedTag)
        return results.TagSavedView(public_id(TAG, saved.tag_id))

    @root_mutation(
        access=Access.OPERATOR,
        graphql_type=results.ArrangeHomePageResult,
        description="Put another home page in the place of the present one.",
    )
    async def arrange_home_page(
        self, info: Info, given: Annotated[ArrangeHomePageInput, Input]
    ) -> results.HomePageArrangedView:
        arrangement, by = given.value(), by_caller(info)

        async def act(session: WriteSession) -> Arranged:
            return await home.arrange(
                session, arrangement, given.revision, reason=given.reason, by=by
            )

        arranged = await info.context.once(
            "arrangeHomePage", given.request_id, given, act, answer=Arranged
        )
        return results.HomePageArrangedView(arranged.revision)


def _category(given: CreateCategoryInput) -> CategoryContent:
    return CategoryContent(
        code=given.code,
        title=given.title.value(),
        parent_id=parent_key(given.parent_id),
        position=given.position,
        is_hidden=given.is_hidden,
    )
