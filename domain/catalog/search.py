"""Finding products by parts of words: Chinese has no spaces, so any substring may be asked for.

A text is kept with all its single characters and pairs of neighbours. A search asks the index for
texts with all the pairs of its words, and then looks whether the words really stand there.
"""

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

LONGEST_SEARCH = 50
MOST_WORDS = 8


def normalised(text: str) -> str:
    """A text as it is compared: width, capitals and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def searchable(texts: Iterable[str]) -> str:
    """What a search looks at; a line for each text, so that no word is found across two."""
    lines = [normalised(text) for text in texts]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def terms_of(text: str) -> list[str]:
    """The single characters and the pairs of neighbours in the words of a normalised text."""
    terms: set[str] = set()
    for word in text.split():
        terms.update(word)
        terms.update(_pairs(word))
    return sorted(terms)


def words_of(search: str) -> list[str]:
    """The words that a search asks for, normalised; each must stand somewhere in the text.

    ValueError for a search that is too long or has too many words.
    """
    words = list(dict.fromkeys(normalised(search).split()))
    if len(search) > LONGEST_SEARCH or len(words) > MOST_WORDS:
        raise ValueError("the search is too long")
    return words


def terms_of_words(words: Iterable[str]) -> list[str]:
    """The terms that a text with all the words has: pairs, and words of one character."""
    terms: set[str] = set()
    for word in words:
        terms.update(_pairs(word) or [word])
    return sorted(terms)


def _pairs(word: str) -> list[str]:
    return [first + second for first, second in pairwise(word)]
