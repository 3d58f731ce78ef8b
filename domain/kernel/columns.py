"""Values of the mall in columns of PostgreSQL's plain types."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from sqlalchemy import BigInteger, CheckConstraint, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from domain.kernel.money import Money

T = TypeVar("T")
_Word = TypeVar("_Word", bound=StrEnum)


class MoneyColumn(TypeDecorator[Money]):
    """Money in a column of whole fen."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.fen

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Money | None:
        return None if value is None else Money(value)


class DocumentColumn(TypeDecorator[T]):
    """Structs in a column of JSON, read whole and never searched; NULL for none."""

    impl = JSONB
    cache_ok = True

    def __init__(self, kind: type[T]) -> None:
        super().__init__(none_as_null=True)
        self.kind = kind

    @override
    def process_bind_param(self, value: T | None, dialect: Dialect) -> Any:
        return msgspec.to_builtins(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:
        return None if value is None else msgspec.convert(value, self.kind)


class WordColumn(TypeDecorator[_Word]):
    """One of an enumeration's words in a column of text, and the enumeration's own outside it."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[_Word]) -> None:
        super().__init__()
        self.words = words

    @override
    def process_bind_param(self, value: _Word | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> _Word | None:
        return None if value is None else self.words(value)


def listed(words: Iterable[StrEnum]) -> str:
    """Words as SQL has them within the parentheses of an IN."""
    return ", ".join(f"'{word}'" for word in words)


def known(column: str, words: type[StrEnum]) -> CheckConstraint:
    """The column has one of the words, where it has any."""
    return CheckConstraint(f"{column} IN ({listed(words)})", name=f"{column}_is_known")
