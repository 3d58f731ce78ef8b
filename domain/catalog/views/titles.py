"""The column of a name in one language."""

from sqlalchemy.orm import InstrumentedAttribute

from domain.catalog import models
from domain.kernel.language import Language


def title_of(
    table: type[models.Product | models.Category | models.Variant | models.Tag],
    language: Language,
) -> InstrumentedAttribute[str]:
    """The column of the name in one language."""
    return table.title_zh if language is Language.ZH else table.title_en
