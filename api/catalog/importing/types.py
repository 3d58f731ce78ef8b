"""The GraphQL types of imports, and what asking for one answers with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import strawberry

from api.context import Info
from api.enums import described
from api.limits import sized
from api.node import Node
from api.refusals import InvalidInput, Problem, Refusal, refusal
from api.uploads.types import UploadUnknown
from domain.catalog.importing import errors
from domain.catalog.importing.models import RowOutcome
from domain.catalog.importing.views import IMPORT, ImportRowView, ImportView
from domain.kernel.errors import Problem as Wrong
from domain.kernel.ids import public_id
from domain.kernel.language import Language, Sentence
from domain.media.table_jobs import ImportStatus
from domain.media.table_jobs import UploadNotTable as NotTable

described(
    ImportStatus,
    "How far an import has come.",
    WAITING="No worker has begun it yet.",
    RUNNING="It is under way.",
    DONE="Every row has its outcome.",
    FAILED="It cannot go on; what it had written stays.",
)
described(
    RowOutcome,
    "What became of a row.",
    CREATED="Its product was made, as a draft.",
    EDITED="Its product was changed.",
    UNCHANGED="Its product was so already.",
    REFUSED="Something is wrong with it; nothing of its product was written.",
    HELD_BACK="It is good, but another row of its product is not.",
)


def _told(wrong: Wrong, language: Language) -> Problem:
    return Problem(path=wrong.path, code=wrong.code, message=wrong.told_in(language))


@strawberry.type(description="One table of products that was given to be imported.")
class ProductImport(Node):
    status: ImportStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="Why, in the words of who asked for it.")
    staff_name: str = strawberry.field(description="Who asked for it.")
    asked_at: datetime = strawberry.field(description="When.")
    finished_at: datetime | None = strawberry.field(
        description="When it ended; null while it has not."
    )
    row_count: int | None = strawberry.field(
        description="How many rows the table has; null while it has not been read."
    )
    created: int = strawberry.field(description="Rows of products that were made.")
    edited: int = strawberry.field(description="Rows of products that were changed.")
    unchanged: int = strawberry.field(description="Rows of products that were so already.")
    refused: int = strawberry.field(description="Rows with something wrong.")
    held_back: int = strawberry.field(description="Good rows of products with a wrong row.")

    @strawberry.field(
        description="Why it failed; its path is a column, or empty. Null where it did not."
    )
    def failure(self, root: strawberry.Parent[ImportView], info: Info) -> Problem | None:
        return _told(root.failure, info.context.language) if root.failure else None

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ImportView)


@strawberry.type(description="What became of one row of a table.")
class ProductImportRow:
    line: int = strawberry.field(description="Its number in the table; the header is row 1.")
    code: str = strawberry.field(description="The product's code.")
    sku: str = strawberry.field(description="The variant's SKU.")
    outcome: RowOutcome = strawberry.field(description="What became of it.")
    product_id: strawberry.ID | None = strawberry.field(
        description="The product; null where it was not written."
    )

    @strawberry.field(
        description="What is wrong: each path is a column, or empty for the row as a whole; "
        "counts as 2 in a document's cost.",
        metadata=sized(2),
    )
    def problems(self, root: strawberry.Parent[ImportRowView], info: Info) -> list[Problem]:
        return [_told(each, info.context.language) for each in root.problems]


@strawberry.input(description="A table that shall be imported.")
class ImportProductsInput:
    request_id: UUID = strawberry.field(
        description="An id of the client's own for this request: sent again, it gets the first "
        "answer."
    )
    upload_id: strawberry.ID = strawberry.field(
        description="The table: an upload for the purpose PRODUCT_IMPORT that was completed."
    )
    reason: str = strawberry.field(
        description="Why, in words for colleagues: it stands in the audit trail of every product. "
        "At most 500 characters."
    )


class ImportAskedView(msgspec.Struct, frozen=True):
    """The struct behind `ImportAsked`."""

    import_id: str


@strawberry.type(description="The import was asked for, and soon begins.")
class ImportAsked:
    import_id: strawberry.ID = strawberry.field(description="The import, for `productImport`.")

    @classmethod
    def is_type_of(cls, source: object, _info: object) -> bool:
        """Recognise the struct behind the type."""
        return isinstance(source, ImportAskedView)


@refusal(
    NotTable,
    Sentence(
        zh="此上传不是已完成的导入表格。", en="The upload is not a completed table of that kind."
    ),
)
@strawberry.type(description="The upload is not a table of that kind, or was not completed.")
class UploadNotTable(Refusal):
    pass


@refusal(
    errors.TableImported,
    Sentence(
        zh="此表格已导入过；如需再次导入，请重新上传。",
        en="The table has been imported already; upload it again to import it again.",
    ),
    lambda refused, _: {"import_id": public_id(IMPORT, refused.import_id)},
)
@strawberry.type(description="The upload has been imported already.")
class TableImported(Refusal):
    import_id: strawberry.ID = strawberry.field(description="By which import.")


ImportProductsResult = Annotated[
    ImportAsked | UploadUnknown | UploadNotTable | TableImported | InvalidInput,
    strawberry.union("ImportProductsResult", description="How asking for an import went."),
]
