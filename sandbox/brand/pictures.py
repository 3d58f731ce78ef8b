"""Pictures of the demo brand, drawn as SVG, so that no picture has to be shipped.

There is one for each type in each series, however many editions share it.
"""

from collections.abc import Iterator
from pathlib import Path

from domain.catalog.content import Bilingual
from sandbox.brand.series import SERIES, Series
from sandbox.brand.types import TYPES, ProductType, Shape

PORTRAITS = 12
BANNERS = (
    Bilingual("屿光 · 山茶新篇", "YUGUANG: a new chapter of Camellia"),
    Bilingual("礼盒季 · 把光装进盒子", "The season of gifts: light in a box"),
    Bilingual("轻盈防晒 · 出门见光", "Light sunscreen: out into the light"),
)
_BANNER_HUES = (350, 42, 205)

_SHAPES = {
    Shape.BOTTLE: '<rect x="172" y="88" width="56" height="34" rx="5" fill="{dark}"/>'
    '<rect x="145" y="122" width="110" height="178" rx="18" fill="{body}"/>',
    Shape.DROPPER: '<ellipse cx="200" cy="92" rx="17" ry="26" fill="{dark}"/>'
    '<rect x="180" y="112" width="40" height="26" fill="{dark}"/>'
    '<rect x="152" y="138" width="96" height="162" rx="14" fill="{body}"/>',
    Shape.JAR: '<rect x="128" y="150" width="144" height="42" rx="8" fill="{dark}"/>'
    '<rect x="122" y="192" width="156" height="104" rx="22" fill="{body}"/>',
    Shape.TUBE: '<path d="M150 92h100l-14 176h-72z" fill="{body}"/>'
    '<rect x="166" y="268" width="68" height="34" rx="5" fill="{dark}"/>',
    Shape.SACHET: '<rect x="132" y="92" width="136" height="206" rx="6" fill="{body}"/>'
    '<path d="M132 112h136" stroke="{dark}" stroke-width="5"/>',
    Shape.LIPSTICK: '<path d="M182 128l36-30v62h-36z" fill="{dark}"/>'
    '<rect x="176" y="160" width="48" height="46" fill="{pale}"/>'
    '<rect x="168" y="200" width="64" height="100" rx="5" fill="{body}"/>',
    Shape.COMPACT: '<circle cx="200" cy="205" r="92" fill="{body}"/>'
    '<circle cx="200" cy="205" r="78" fill="none" stroke="{dark}" stroke-width="4"/>',
    Shape.CANDLE: '<path d="M200 98c14 18 14 32 0 42c-14-10-14-24 0-42z" fill="{dark}"/>'
    '<rect x="198" y="138" width="4" height="30" fill="{dark}"/>'
    '<rect x="136" y="168" width="128" height="130" rx="12" fill="{body}"/>',
    Shape.BOX: '<rect x="112" y="138" width="176" height="150" rx="6" fill="{body}"/>'
    '<path d="M200 138v150M112 178h176" stroke="{dark}" stroke-width="12"/>',
    Shape.STONE: '<path d="M130 150c40-50 150-40 148 30c-2 50-60 110-96 96'
    'c-30-12 8-44-8-68c-12-18-58-40-44-58z" fill="{body}"/>',
}
_FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>{title}</title>
<rect width="{width}" height="{height}" fill="{ground}"/>
{drawing}
</svg>
"""


def product_key(type_: ProductType, series: Series) -> str:
    """The key of a type's picture in a series."""
    return f"brand/{series.code}-{type_.code}.svg"


def texture_key(series: Series) -> str:
    """The key of the picture of a series' texture."""
    return f"brand/{series.code}-texture.svg"


def plant_key(series: Series) -> str:
    """The key of the picture of where a series' plant grows."""
    return f"brand/{series.code}-plant.svg"


def banner_key(number: int) -> str:
    """The key of a banner, of those in `BANNERS`."""
    return f"brand/banner-{number + 1}.svg"


def portrait_key(number: int) -> str:
    """The key of a portrait that members share, of `PORTRAITS`."""
    return f"members/portrait-{number + 1}.svg"


def draw_missing(media_folder: Path) -> None:
    """Draw the pictures that are not in the media folder yet."""
    for key, drawing in _drawings():
        picture = media_folder / key
        if not picture.exists():
            picture.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all: what is there is not drawn again.
            unfinished = picture.with_suffix(".unfinished")
            unfinished.write_text(drawing)
            unfinished.replace(picture)


def _drawings() -> Iterator[tuple[str, str]]:
    for series in SERIES:
        yield from ((product_key(type_, series), _product(type_, series)) for type_ in TYPES)
        yield texture_key(series), _texture(series)
        yield plant_key(series), _plant(series)
    for number, title in enumerate(BANNERS):
        yield banner_key(number), _banner(title.zh, _BANNER_HUES[number])
    for number in range(PORTRAITS):
        yield portrait_key(number), _portrait(number)


def _product(type_: ProductType, series: Series) -> str:
    title = f"{series.title.zh}{type_.title.zh}"
    shape = _SHAPES[type_.shape].format(
        body=_tone(series.hue, 62), dark=_tone(series.hue, 38), pale=_tone(series.hue, 80)
    )
    return _framed(
        title,
        series.hue,
        f'<circle cx="200" cy="195" r="130" fill="{_tone(series.hue, 86)}"/>{shape}'
        '<text x="200" y="236" text-anchor="middle" font-size="18" fill="#333">屿光</text>'
        '<text x="200" y="254" text-anchor="middle" font-size="10" fill="#555">YUGUANG</text>'
        f'<text x="200" y="362" text-anchor="middle" font-size="22" fill="#333">{title}</text>',
    )


def _texture(series: Series) -> str:
    waves = "".join(
        f'<path d="M40 {120 + 36 * step}q80 -60 160 0t160 0" fill="none" '
        f'stroke="{_tone(series.hue, 86 - 5 * step)}" stroke-width="26" stroke-linecap="round"/>'
        for step in range(6)
    )
    return _framed(f"{series.title.zh}质地", series.hue, waves)


def _plant(series: Series) -> str:
    leaves = "".join(
        f'<ellipse cx="200" cy="120" rx="34" ry="84" fill="{_tone(series.hue, 60 + 3 * step)}" '
        f'transform="rotate({60 * step} 200 200)"/>'
        for step in range(6)
    )
    centre = f'<circle cx="200" cy="200" r="30" fill="{_tone(series.hue, 40)}"/>'
    return _framed(f"{series.title.zh}的产地", series.hue, leaves + centre)


def _banner(title: str, hue: int) -> str:
    return _framed(
        title,
        hue,
        f'<circle cx="620" cy="150" r="210" fill="{_tone(hue, 84)}"/>'
        f'<circle cx="560" cy="210" r="90" fill="{_tone(hue, 66)}"/>'
        f'<text x="60" y="170" font-size="36" fill="#333">{title}</text>',
        width=750,
        height=300,
    )


def _portrait(number: int) -> str:
    hue = 360 * number // PORTRAITS
    return _framed(
        "头像",
        hue,
        f'<circle cx="200" cy="160" r="74" fill="{_tone(hue, 70)}"/>'
        f'<path d="M70 400a130 130 0 0 1 260 0z" fill="{_tone(hue, 58)}"/>',
    )


def _framed(title: str, hue: int, drawing: str, *, width: int = 400, height: int = 400) -> str:
    return _FRAME.format(
        width=width, height=height, title=title, ground=_tone(hue, 94), drawing=drawing
    )


def _tone(hue: int, lightness: int) -> str:
    return f"hsl({hue} 45% {lightness}%)"
