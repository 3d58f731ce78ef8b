"""The one virtual product of the demo brand: a gift card that any store takes."""

from domain.catalog.content import (
    Bilingual,
    Block,
    BlockKind,
    Option,
    ProductKind,
    VariantContent,
)

NUMBER = 98
"""The product that it stands in the place of: a gift set of the core, which is on sale."""
TITLE = Bilingual("屿光电子礼品卡", "YUGUANG Gift Card")
KIND = ProductKind.VIRTUAL
_YUAN = (200, 500, 1_000)
_VALUES = tuple(Bilingual(f"{yuan} 元", f"¥{yuan:,}") for yuan in _YUAN)
_NOTE = Bilingual(
    "到任意屿光门店，报出注册手机号即可使用，可分多次消费，三年内有效。",
    "Say your phone number in any of our stores; it may be spent bit by bit, for three years.",
)

OPTIONS = (Option(Bilingual("面值", "Value"), _VALUES),)
DESCRIPTION = (
    Block(BlockKind.HEADING, Bilingual("怎么用", "How to use it")),
    Block(BlockKind.PARAGRAPH, _NOTE),
    Block(
        BlockKind.PARAGRAPH,
        Bilingual(
            "付款后立即到账，无需配送。", "It is yours once it is paid for; nothing is sent."
        ),
    ),
)


def variants(code: str) -> tuple[VariantContent, ...]:
    """A card of each value, which is what it costs."""
    return tuple(
        VariantContent(
            sku=f"{code}-{yuan}",
            title=value,
            price_fen=100 * yuan,
            choices=(place,),
            delivery_note=_NOTE,
        )
        for place, (yuan, value) in enumerate(zip(_YUAN, _VALUES, strict=True))
    )
