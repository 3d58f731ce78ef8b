"""Words that are engraved on nothing, whatever the product; see `is_denied`.

A small list on purpose: it answers at once for what nobody would engrave, in the member's own
request and without asking anybody. What it misses the check of texts and the staff see; what it
refuses nobody can allow, so a word that means something harmless too does not belong here. A
module and not a setting, because a change of it has to be tested like any other rule.
"""

import re
import unicodedata

CHINESE = frozenset(
    {"傻逼", "傻屄", "煞笔", "操你", "草泥马", "贱人", "贱货", "婊子", "狗娘养", "去死"}
    | {"杀人", "强奸", "卖淫", "毒品", "法西斯", "纳粹", "希特勒"}
)
"""Found wherever they stand, also with something between their characters."""
LATIN = frozenset(
    {"fuck", "fucker", "fucking", "shit", "bullshit", "bitch", "cunt", "whore", "slut", "bastard"}
    | {"rape", "rapist", "nazi", "hitler", "heil"}
)
"""Found as whole words (a name may hold the letters of one), or where a text is nothing else."""

_LATIN_WORDS = re.compile(r"[a-z]+")


def is_denied(text: str) -> bool:
    """Whether a text holds one of the words, in any case of its letters."""
    plain = _without_marks(text).casefold()
    letters = "".join(character for character in plain if character.isalnum())
    return (
        letters in LATIN
        or any(word in letters for word in CHINESE)
        or not LATIN.isdisjoint(_LATIN_WORDS.findall(plain))
    )


def _without_marks(text: str) -> str:
    """The text without what stands above and below its letters: ``é`` is ``e``."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(each for each in apart if not unicodedata.category(each).startswith("M"))
