"""Which of the mall's languages a request is answered in."""

from functools import lru_cache

from domain.kernel.language import Language

_LONGEST_HEADER = 1000
_LONGEST_KEPT = 100
"""What phones and browsers send is shorter, and of a few kinds."""
_BY_PREFIX = {"zh": Language.ZH, "en": Language.EN, "*": Language.ZH}


def language_of(accept_language: str | None) -> Language:
    """Choose by ``Accept-Language`` (RFC 9110 12.5.4); Chinese where it asks for neither."""
    if not accept_language:
        return Language.ZH
    return (_kept if len(accept_language) <= _LONGEST_KEPT else _chosen)(accept_language)


@lru_cache(maxsize=256)
def _kept(accept_language: str) -> Language:
    return _chosen(accept_language)


def _chosen(accept_language: str) -> Language:
    wished: list[tuple[float, Language]] = []
    for part in accept_language[:_LONGEST_HEADER].split(","):
        tag, _, quality = part.replace(" ", "").lower().partition(";q=")
        language = _BY_PREFIX.get(tag.partition("-")[0])
        if language:
            wished.append((_quality(quality), language))
    wished = [wish for wish in wished if wish[0] > 0]
    return max(wished, key=lambda wish: wish[0])[1] if wished else Language.ZH


def _quality(text: str) -> float:
    if not text:
        return 1.0
    try:
        return float(text)
    except ValueError:
        return 0.0
