"""Finding products by parts of words: Chinese has no spaces, so any substring may be asked for.

A text is kept with all its characters and with what begins at each of them: three Latin letters
or digits, whose pairs are too common to tell anything, or else a pair. A search asks the index
for texts with the pieces that make up its words, and then looks whether the words stand there.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import zip_longest

LONGEST_SEARCH = 50
MOST_WORDS = 8
_PAIR, _TRIPLE = 2, 3


def normalised(text: str) -> str:
    """A text as it is compared: width, capitals and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


_ASCII = [letter for letter in map(chr, range(1, 128)) if normalised(letter) == letter]
"""What may follow a letter in a normalised word: no capitals and no spaces."""


def searchable(texts: Iterable[str]) -> str:
    """What a search looks at; a line for each text, so that no word is found across two."""
    lines = [normalised(text) for text in texts]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def terms_of(text: str) -> list[str]:
    """All that a word in a normalised text may be found by: characters, pairs and triples."""
    terms: set[str] = set()
    for word in text.split():
        terms.update(word, _pieces(word))
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
    """All terms that a text with the words has, but for single letters and digits.

    Those are told where a word has nothing else.
    """
    terms: set[str] = set()
    for word in words:
        terms.update([*_told(word), *(each for each in word if not each.isascii())] or word)
    return sorted(terms)


def fewest_terms_of_words(words: Iterable[str]) -> list[str]:
    """Terms that make up the words: of three or more letters, each is in one triple or two."""
    terms: set[str] = set()
    for word in words:
        terms.update(list(_without_overlaps(_told(word))) or word)
    return sorted(terms)


def beginnings_of_words(words: Iterable[str]) -> list[str]:
    """Terms of which a text has one or more, where a word is but two Latin letters or digits.

    Such a pair is a term only at the end of a word; elsewhere it begins a triple. Empty without
    such a word; of several, the first is enough.
    """
    short = next((word for word in words if len(word) == _PAIR and word.isascii()), None)
    return [short, *(short + letter for letter in _ASCII)] if short else []


def _pieces(word: str) -> Iterator[str]:
    """What begins at each character but the last."""
    for start in range(len(word) - 1):
        piece = word[start : start + _TRIPLE]
        yield piece if _is_triple(piece) else piece[:_PAIR]


def _told(word: str) -> list[str]:
    """The pieces that begin in any text that has the word, in order.

    A pair of letters at its end may be none: there, it may begin a triple.
    """
    pieces = list(_pieces(word))
    return pieces[:-1] if pieces and pieces[-1].isascii() else pieces


def _without_overlaps(pieces: list[str]) -> Iterator[str]:
    """The pieces of a word without triples whose letters all are in those that stay."""
    made_up = 0
    for start, (piece, following) in enumerate(zip_longest(pieces, pieces[1:], fillvalue="")):
        if _is_triple(piece):
            if start < made_up and _is_triple(following):
                continue
            made_up = start + _TRIPLE
        yield piece


def _is_triple(piece: str) -> bool:
    return len(piece) == _TRIPLE and piece.isascii()
