"""Pictures of the demo range, drawn as SVG, so that no picture has to be shipped."""

from pathlib import Path

from sandbox.brand.range import DemoProduct

_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">
<title>{title}</title>
<rect width="400" height="400" fill="hsl({hue} 45% 94%)"/>
<circle cx="200" cy="185" r="120" fill="hsl({hue} 50% 86%)"/>
<rect x="165" y="95" width="70" height="34" rx="6" fill="hsl({hue} 25% 38%)"/>
<rect x="140" y="125" width="120" height="170" rx="20" fill="hsl({hue} 45% 62%)"/>
<rect x="152" y="185" width="96" height="62" fill="hsl({hue} 45% 96%)"/>
<text x="200" y="214" text-anchor="middle" font-size="18" fill="#333">屿光</text>
<text x="200" y="236" text-anchor="middle" font-size="10" fill="#555">YUGUANG</text>
<text x="200" y="352" text-anchor="middle" font-size="22" fill="#333">{title}</text>
</svg>
"""


def draw_missing(products: list[DemoProduct], media_folder: Path) -> None:
    """Draw the pictures that are not in the media folder yet."""
    for product in products:
        picture = media_folder / product.image_key
        if not picture.exists():
            picture.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all: what is there is not drawn again.
            unfinished = picture.with_suffix(".unfinished")
            unfinished.write_text(_SVG.format(title=product.title_zh, hue=product.hue))
            unfinished.replace(picture)
