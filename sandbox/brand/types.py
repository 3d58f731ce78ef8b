"""What the demo brand makes of each series: cleansers, creams, lipsticks, candles, gift sets."""

from dataclasses import dataclass
from enum import StrEnum

from domain.catalog.content import Alphabet, Bilingual, PersonalisationField
from sandbox.brand.shelves import BEST_SELLER, GIFT, SENSITIVE, VEGAN


class Shape(StrEnum):
    """What it looks like on a picture."""

    BOTTLE = "bottle"
    DROPPER = "dropper"
    JAR = "jar"
    TUBE = "tube"
    SACHET = "sachet"
    LIPSTICK = "lipstick"
    COMPACT = "compact"
    CANDLE = "candle"
    BOX = "box"
    STONE = "stone"


WRAP_GRAMS = {
    Shape.BOTTLE: 120,
    Shape.DROPPER: 85,
    Shape.JAR: 140,
    Shape.TUBE: 25,
    Shape.SACHET: 8,
    Shape.LIPSTICK: 42,
    Shape.COMPACT: 30,
    Shape.CANDLE: 260,
    Shape.BOX: 780,
    Shape.STONE: 60,
}
"""What each weighs besides its contents: glass, tubes and boxes; of a gift set all that it is."""


@dataclass(frozen=True, slots=True)
class Value:
    """Something to choose: its name, its part of the SKU, its price in tenths of the first's.

    ``grams`` is what it weighs by itself, without what it is wrapped in.
    """

    title: Bilingual
    sku: str
    tenths: int = 10
    grams: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """An option and its values."""

    title: Bilingual
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ProductType:
    """A type of product: its shelf's code, what the least variant costs, and how it is told of."""

    code: str
    title: Bilingual
    shelf: str
    shape: Shape
    yuan: int
    choices: tuple[Choice, ...]
    tag: str | None
    usage: Bilingual
    personalisation: tuple[PersonalisationField, ...] = ()


def _sizes(*sizes: tuple[str, int]) -> tuple[Choice, ...]:
    """Sizes such as ``30ml``; a millilitre weighs a gram."""
    values = tuple(
        Value(Bilingual(size, size), size.upper(), tenths, int(size.rstrip("gml")))
        for size, tenths in sizes
    )
    return (Choice(Bilingual("容量", "Size"), values),)


_SHADES = Choice(
    Bilingual("色号", "Shade"),
    (
        Value(Bilingual("01 豆沙", "01 Rosewood"), "01"),
        Value(Bilingual("02 正红", "02 True Red"), "02"),
        Value(Bilingual("03 柿子", "03 Persimmon"), "03"),
        Value(Bilingual("04 山楂", "04 Hawthorn"), "04"),
        Value(Bilingual("05 奶茶", "05 Milk Tea"), "05"),
        Value(Bilingual("06 乌梅", "06 Smoked Plum"), "06"),
    ),
)
_SKIN_SHADES = Choice(
    Bilingual("色号", "Shade"),
    (
        Value(Bilingual("N10 瓷白", "N10 Porcelain"), "N10"),
        Value(Bilingual("N20 自然", "N20 Natural"), "N20"),
        Value(Bilingual("W30 暖杏", "W30 Warm Apricot"), "W30"),
    ),
)
_PARTS = Choice(
    Bilingual("规格", "Version"),
    (
        Value(Bilingual("替换芯", "Refill"), "R", grams=20),
        Value(Bilingual("正装", "With case"), "F", 15, 75),
    ),
)
_STONES = Choice(
    Bilingual("材质", "Material"),
    (
        Value(Bilingual("不锈钢", "Steel"), "ST", grams=140),
        Value(Bilingual("白玉", "White jade"), "WJ", 26, 180),
    ),
)
_COUNTS = Choice(
    Bilingual("片数", "Sheets"),
    (
        Value(Bilingual("1片", "1 sheet"), "1", grams=30),
        Value(Bilingual("5片", "5 sheets"), "5", 45, 150),
        Value(Bilingual("10片", "10 sheets"), "10", 80, 300),
    ),
)

_INITIALS = PersonalisationField(
    "initials", Bilingual("刻字", "Engraved initials"), 8, Alphabet.LATIN, 2_000
)
_NAME = PersonalisationField("name", Bilingual("刻名", "Engraved name"), 4, Alphabet.CHINESE, 3_000)
_CARD = PersonalisationField(
    "card", Bilingual("贺卡留言", "Words on the card"), 40, Alphabet.ANY, 0
)

TYPES = (
    ProductType("amino-cleanser", Bilingual("氨基酸洁面乳", "Amino Cleanser"), "CLEANSER",
                Shape.TUBE, 79, _sizes(("60g", 10), ("120g", 16), ("200g", 24)), SENSITIVE,
                Bilingual("取一粒珍珠大小，加水揉出泡沫，按摩后洗净。",
                          "Lather a pearl of it with water, massage, and rinse.")),
    ProductType("cleansing-balm", Bilingual("卸妆膏", "Cleansing Balm"), "REMOVER",
                Shape.JAR, 129, _sizes(("50g", 10), ("100g", 17)), None,
                Bilingual("干手干脸取用，化开彩妆后加水乳化。",
                          "Melt it on dry skin, then add water until it turns to milk.")),
    ProductType("micellar-water", Bilingual("卸妆水", "Micellar Water"), "REMOVER",
                Shape.BOTTLE, 99, _sizes(("200ml", 10), ("400ml", 17)), SENSITIVE,
                Bilingual("浸湿棉片，轻敷三秒后擦拭，无需过水。",
                          "Soak a pad, rest it for three seconds and wipe; no rinsing.")),
    ProductType("toner", Bilingual("润泽化妆水", "Hydrating Toner"), "TONER",
                Shape.BOTTLE, 149, _sizes(("100ml", 10), ("200ml", 17)), VEGAN,
                Bilingual("洁面后倒于掌心，轻拍至吸收。",
                          "After cleansing, pat it in with your palms.")),
    ProductType("serum", Bilingual("舒润精华液", "Soothing Serum"), "ESSENCE",
                Shape.DROPPER, 259, _sizes(("15ml", 10), ("30ml", 18), ("50ml", 27)), BEST_SELLER,
                Bilingual("早晚各三滴，由内向外轻按。",
                          "Three drops morning and night, pressed outwards.")),
    ProductType("face-oil", Bilingual("焕亮精华油", "Radiance Oil"), "FACE-OIL",
                Shape.DROPPER, 289, _sizes(("15ml", 10), ("30ml", 18)), None,
                Bilingual("掌心温热两滴，按压全脸。",
                          "Warm two drops in your palms and press over the face.")),
    ProductType("firming-cream", Bilingual("凝时面霜", "Firming Cream"), "CREAM",
                Shape.JAR, 319, _sizes(("15g", 10), ("30g", 18), ("50g", 27)), BEST_SELLER,
                Bilingual("护肤最后一步，向上提拉涂抹。",
                          "The last step of care: smooth it upwards.")),
    ProductType("water-gel", Bilingual("水感凝露", "Water Gel"), "CREAM",
                Shape.JAR, 209, _sizes(("30g", 10), ("50g", 15)), VEGAN,
                Bilingual("夏日可代替面霜，厚敷十分钟即成面膜。",
                          "In summer instead of cream; ten minutes thick as a mask.")),
    ProductType("eye-cream", Bilingual("修护眼霜", "Repair Eye Cream"), "EYE",
                Shape.TUBE, 279, _sizes(("15g", 10), ("25g", 15)), None,
                Bilingual("以无名指点涂，轻弹至吸收。",
                          "Dot it with the ring finger and tap until it is gone.")),
    ProductType("sheet-mask", Bilingual("贴片面膜", "Sheet Mask"), "MASK",
                Shape.SACHET, 29, (_COUNTS,), None,
                Bilingual("每周两次，每次十五分钟。", "Twice a week, fifteen minutes each.")),
    ProductType("sleeping-mask", Bilingual("睡眠面膜", "Sleeping Mask"), "MASK",
                Shape.JAR, 179, _sizes(("75g", 10), ("100g", 13)), None,
                Bilingual("睡前薄涂，次晨洗净。", "A thin layer before sleep; rinse at dawn.")),
    ProductType("sunscreen", Bilingual("轻盈防晒乳", "Light Sunscreen"), "SUN",
                Shape.TUBE, 119, _sizes(("30ml", 10), ("50ml", 15), ("90ml", 24)), BEST_SELLER,
                Bilingual("出门前十五分钟涂抹，每两小时补涂。",
                          "Fifteen minutes before going out, again every two hours.")),
    ProductType("lipstick", Bilingual("丝绒口红", "Velvet Lipstick"), "LIPS",
                Shape.LIPSTICK, 189, (_SHADES,), GIFT,
                Bilingual("沿唇线内侧涂抹，指腹晕开。",
                          "Apply within the lip line and blur with a fingertip."),
                (_INITIALS,)),
    ProductType("cushion", Bilingual("柔光气垫", "Soft Glow Cushion"), "BASE",
                Shape.COMPACT, 149, (_SKIN_SHADES, _PARTS), None,
                Bilingual("少量多次，轻拍上脸。", "Little by little, patted on.")),
    ProductType("eau-de-toilette", Bilingual("淡香水", "Eau de Toilette"), "FRAGRANCE",
                Shape.BOTTLE, 148, _sizes(("10ml", 10), ("30ml", 19), ("75ml", 34)), GIFT,
                Bilingual("喷于腕间与耳后。", "On the wrists and behind the ears."),
                (_INITIALS, _NAME)),
    ProductType("candle", Bilingual("香薰蜡烛", "Scented Candle"), "HOME-SCENT",
                Shape.CANDLE, 158, _sizes(("90g", 10), ("200g", 18)), GIFT,
                Bilingual("首次燃烧两小时，让蜡面完全融化。",
                          "Burn it for two hours at first, until all the surface has melted.")),
    ProductType("body-wash", Bilingual("沐浴露", "Body Wash"), "BODY-CARE",
                Shape.BOTTLE, 79, _sizes(("250ml", 10), ("500ml", 17)), VEGAN,
                Bilingual("湿润肌肤后打出泡沫，洗净。", "Lather on wet skin and rinse.")),
    ProductType("hand-cream", Bilingual("护手霜", "Hand Cream"), "BODY-CARE",
                Shape.TUBE, 49, _sizes(("30g", 10), ("75g", 18)), None,
                Bilingual("随时取用，指缘重点按摩。", "Whenever you like; mind the cuticles.")),
    ProductType("gift-set", Bilingual("旅行礼盒", "Travel Gift Set"), "GIFTS",
                Shape.BOX, 469, (), GIFT,
                Bilingual("内含洁面、精华与面霜各一份旅行装。",
                          "A cleanser, a serum and a cream for the road."),
                (_CARD,)),
    ProductType("gua-sha", Bilingual("刮痧板", "Gua Sha"), "TOOLS",
                Shape.STONE, 119, (_STONES,), GIFT,
                Bilingual("配合精华油，自下而上轻推。",
                          "With face oil, in light strokes upwards."),
                (_INITIALS,)),
)  # fmt: skip
