"""Words to search for, as arguments."""

from domain.catalog.search import LONGEST_SEARCH, MOST_WORDS, words_of
from domain.kernel.errors import BadInput
from domain.kernel.language import Sentence

_SEARCH = Sentence(
    zh="搜索内容不能超过 {longest} 个字、{most} 个词。",
    en="A search has at most {longest} characters and {most} words.",
)


def words(search: str | None) -> tuple[str, ...]:
    """The words of a search, none for none; a BAD_INPUT fault for one that is too long."""
    if not search:
        return ()
    try:
        return tuple(words_of(search))
    except ValueError:
        raise BadInput(_SEARCH, longest=LONGEST_SEARCH, most=MOST_WORDS) from None
