"""Finding products by parts of words: Chinese has no spaces, so any substring may be asked for.

A text is kept with all its single characters and pairs of neighbours, and with the triples of its
Latin letters and digits, whose pairs are too common to tell anything. A search asks the index for
texts with all the triples and pairs of its words, and then looks whether the words stand there.
"""

import unicodedata
from collections.abc import Iterable

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
    """All that a word in a normalised text may be found by: characters, pairs and triples."""
    terms: set[str] = set()
    for word in text.split():
        terms.update(word)
        terms.update(_pieces(word, 2))
        terms.update(filter(str.isascii, _pieces(word, 3)))
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
    """The fewest terms that tell a text with all the words: of `terms_of` for each word."""
    terms: set[str] = set()
    for word in words:
        triples = list(filter(str.isascii, _pieces(word, 3)))
        told = {pair for triple in triples for pair in _pieces(triple, 2)}
        pairs = [pair for pair in _pieces(word, 2) if pair not in told]
        terms.update([*triples, *pairs] or [word])
    return sorted(terms)


def _pieces(word: str, length: int) -> list[str]:
    return [word[start : start + length] for start in range(len(word) - length + 1)]
