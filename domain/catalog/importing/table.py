"""A table of products: the columns that it may have."""

from enum import StrEnum

from domain.kernel import csv_tables
from domain.kernel.csv_tables import Row


class Column(StrEnum):
    """The columns that a table may have."""

    CODE = "code"
    TITLE_ZH = "title_zh"
    TITLE_EN = "title_en"
    CATEGORY_CODE = "category_code"
    IMAGE_KEY = "image_key"
    TAGS = "tags"
    MEMBER_LIMIT = "member_limit"
    KIND = "kind"
    SKU = "sku"
    VARIANT_TITLE_ZH = "variant_title_zh"
    VARIANT_TITLE_EN = "variant_title_en"
    PRICE_YUAN = "price_yuan"
    WEIGHT_GRAMS = "weight_grams"
    DELIVERY_NOTE_ZH = "delivery_note_zh"
    DELIVERY_NOTE_EN = "delivery_note_en"


REQUIRED = (Column.CODE, Column.SKU)


def read_table(content: bytes) -> list[Row]:
    """The rows of a table of products; raises `TableRefused`."""
    return csv_tables.read_table(content, frozenset(Column), REQUIRED)
