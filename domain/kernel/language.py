"""The two languages of the mall, and sentences that exist in both."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Language(StrEnum):
    """A language that people read the mall in."""

    ZH = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence for people, with ``{names}`` where particulars go."""

    zh: str
    en: str

    def told_in(self, language: Language, particulars: dict[str, object]) -> str:
        """Fill in the particulars, in the language asked for."""
        return (self.zh if language is Language.ZH else self.en).format_map(particulars)


class Bilingual(msgspec.Struct, frozen=True, gc=False):
    """A text that somebody wrote in both languages."""

    zh: str
    en: str

    def told_in(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language is Language.ZH else self.en
