"""The shelves and the tags of the demo brand, in its order."""

from dataclasses import dataclass

from domain.catalog.content import Bilingual


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category; ``above`` is the code of the one that it stands in."""

    code: str
    title: Bilingual
    above: str | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A tag."""

    code: str
    title: Bilingual


TRIALS = "TRIALS"

SHELVES = (
    Shelf("SKIN", Bilingual("护肤", "Skincare")),
    Shelf("CLEANSING", Bilingual("洁面", "Cleansing"), "SKIN"),
    Shelf("CLEANSER", Bilingual("洁面乳", "Cleansers"), "CLEANSING"),
    Shelf("REMOVER", Bilingual("卸妆", "Make-up removers"), "CLEANSING"),
    Shelf("TONER", Bilingual("化妆水", "Toners"), "SKIN"),
    Shelf("SERUM", Bilingual("精华", "Serums"), "SKIN"),
    Shelf("ESSENCE", Bilingual("精华液", "Essences"), "SERUM"),
    Shelf("FACE-OIL", Bilingual("精华油", "Face oils"), "SERUM"),
    Shelf("CREAM", Bilingual("面霜", "Creams"), "SKIN"),
    Shelf("EYE", Bilingual("眼部护理", "Eye care"), "SKIN"),
    Shelf("MASK", Bilingual("面膜", "Masks"), "SKIN"),
    Shelf("SUN", Bilingual("防晒", "Sun care"), "SKIN"),
    Shelf("MAKE-UP", Bilingual("彩妆", "Make-up")),
    Shelf("LIPS", Bilingual("唇妆", "Lips"), "MAKE-UP"),
    Shelf("BASE", Bilingual("底妆", "Base"), "MAKE-UP"),
    Shelf("BODY", Bilingual("身体与香氛", "Body and fragrance")),
    Shelf("FRAGRANCE", Bilingual("香水", "Fragrance"), "BODY"),
    Shelf("HOME-SCENT", Bilingual("家居香氛", "Home scents"), "BODY"),
    Shelf("BODY-CARE", Bilingual("身体护理", "Body care"), "BODY"),
    Shelf("GIFTS", Bilingual("礼盒", "Gift sets")),
    Shelf("TOOLS", Bilingual("美容工具", "Tools")),
    Shelf(TRIALS, Bilingual("内部试用", "Staff trials"), is_hidden=True),
)

NEW, LIMITED, BEST_SELLER = "NEW", "LIMITED", "BEST-SELLER"
SENSITIVE, OILY, DRY, GIFT = "SENSITIVE", "OILY", "DRY", "GIFT"
VEGAN, UNSCENTED = "VEGAN", "UNSCENTED"

WORDS = (
    Word(NEW, Bilingual("新品", "New")),
    Word(BEST_SELLER, Bilingual("明星产品", "Best seller")),
    Word(LIMITED, Bilingual("限量", "Limited")),
    Word(GIFT, Bilingual("送礼之选", "A good gift")),
    Word(SENSITIVE, Bilingual("敏感肌", "Sensitive skin")),
    Word(OILY, Bilingual("油皮", "Oily skin")),
    Word(DRY, Bilingual("干皮", "Dry skin")),
    Word(VEGAN, Bilingual("纯素", "Vegan")),
    Word(UNSCENTED, Bilingual("无香", "Unscented")),
)


def is_out_of_sight(shelf: Shelf) -> bool:
    """Whether it, or a shelf above it, is hidden for good."""
    above = next((each for each in SHELVES if each.code == shelf.above), None)
    return shelf.is_hidden or (above is not None and is_out_of_sight(above))
