"""Texts in both languages, as staff write and read them."""

import strawberry

from domain.kernel.language import Bilingual as Value


@strawberry.input(name="BilingualInput", description="A text in both languages of the mall.")
class BilingualInput:
    zh: str = strawberry.field(description="In Simplified Chinese.")
    en: str = strawberry.field(description="In English.")

    def value(self) -> Value:
        """The domain's value."""
        return Value(self.zh, self.en)


@strawberry.type(description="A text in both languages of the mall.")
class Bilingual:
    zh: str = strawberry.field(description="In Simplified Chinese.")
    en: str = strawberry.field(description="In English.")
