"""What makes a product whole: pure judgement on what operators say of it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from domain.catalog.content import (
    LONGEST_DELIVERY_NOTE,
    LONGEST_ENGRAVING,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_BLOCKS,
    MOST_GRAMS,
    MOST_OPTION_VALUES,
    MOST_OPTIONS,
    MOST_PERSONALISATION_FIELDS,
    MOST_PICTURES,
    MOST_TAGS,
    MOST_VARIANTS,
    SOLD_KINDS,
    Block,
    BlockKind,
    Option,
    PersonalisationField,
    Picture,
    ProductContent,
    ProductKind,
    VariantContent,
)
from domain.catalog.search import searchable
from domain.kernel.errors import Problem, ProblemKind
from domain.kernel.language import Bilingual, Sentence
from domain.kernel.money import LARGEST_FEN
from domain.kernel.problems import MISSING, OUT_OF_RANGE, REPEATED, TOO_LONG, TOO_MANY

NOT_A_CODE = ProblemKind(
    "not_a_code",
    Sentence(
        zh="编码由 1 到 64 个英文字母、数字、点、下划线或短横线组成，以字母或数字开头。",
        en="A code has 1 to 64 letters, digits, dots, underscores or hyphens, and begins with a "
        "letter or digit.",
    ),
)
NOT_A_PICTURE = ProblemKind(
    "not_a_picture", Sentence(zh="不是有效的图片。", en="This is no picture's key.")
)
NOT_YET = ProblemKind(
    "not_yet", Sentence(zh="暂不支持这种商品类型。", en="Products of this kind cannot be sold yet.")
)
NOT_OF_VIRTUAL = ProblemKind(
    "not_of_virtual",
    Sentence(
        zh="虚拟商品不能刻字，也没有重量。",
        en="Virtual goods are not personalised, and weigh nothing.",
    ),
)
ONLY_OF_VIRTUAL = ProblemKind(
    "only_of_virtual",
    Sentence(zh="只有虚拟商品才有交付说明。", en="Only virtual goods have a delivery note."),
)
NOT_OF_THIS_KIND = ProblemKind(
    "not_of_this_kind",
    Sentence(
        zh="图片块必须有图片，其他块不能有图片。",
        en="A picture block has a picture, and no other block has one.",
    ),
)
NOT_A_CHOICE = ProblemKind(
    "not_a_choice",
    Sentence(
        zh="每个选项必须选一个现有的值。",
        en="There must be one choice for each option, among its values.",
    ),
)
NEVER_OPENS = ProblemKind(
    "never_opens",
    Sentence(zh="下架时间必须晚于上架时间。", en="It must be after the moment it is visible from."),
)
LARGEST_LIMIT = 10_000
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9._/-]{0,199}")


def problems_of(content: ProductContent) -> list[Problem]:
    """All that keeps the content from being a product, each with the path of its field.

    What only the database knows (whether a category, a tag or another product's SKU exists) is
    not looked at here.
    """
    return [
        *problems_of_code("code", content.code),
        *problems_of_title("title", content.title),
        *_kind(content.kind),
        *problems_of_key("imageKey", content.image_key),
        *_limit(content.member_limit),
        *problems_of_count("tagIds", len(content.tag_ids), MOST_TAGS),
        *problems_of_repeats("tagIds", content.tag_ids),
        *_pictures(content.pictures),
        *_options(content.options),
        *_blocks(content.description),
        *_personalisation(content.personalisation),
        *_variants(content.variants, content.options),
        *_delivery(content),
    ]


def text_of(content: ProductContent) -> str:
    """What a search for the product looks at: its names, its code and its variants' SKUs."""
    return searchable(
        [
            content.title.zh,
            content.title.en,
            content.code,
            *(variant.sku for variant in content.variants),
        ]
    )


def least_price_fen(content: ProductContent) -> int:
    """The least price of the variants; 0 where there are none yet."""
    return min((variant.price_fen for variant in content.variants), default=0)


def problems_of_code(path: str, code: str) -> Iterator[Problem]:
    """What is wrong with the brand's own name for a thing."""
    if not _CODE.fullmatch(code):
        yield NOT_A_CODE.at(path)


def problems_of_key(path: str, key: str) -> Iterator[Problem]:
    """What is wrong with the key of a picture."""
    if not _KEY.fullmatch(key):
        yield NOT_A_PICTURE.at(path)


def problems_of_title(path: str, title: Bilingual) -> Iterator[Problem]:
    """What is wrong with a name in both languages."""
    yield from _text(path, title, LONGEST_TITLE)


def _text(path: str, text: Bilingual, longest: int) -> Iterator[Problem]:
    for language, value in (("zh", text.zh), ("en", text.en)):
        if not value.strip():
            yield MISSING.at(f"{path}.{language}")
        elif len(value) > longest:
            yield TOO_LONG.at(f"{path}.{language}", most=longest)


def problems_of_count(path: str, count: int, most: int) -> Iterator[Problem]:
    """Whether a list is longer than its bound."""
    if count > most:
        yield TOO_MANY.at(path, most=most)


def _kind(kind: ProductKind) -> Iterator[Problem]:
    if kind not in SOLD_KINDS:
        yield NOT_YET.at("kind")


def _delivery(content: ProductContent) -> Iterator[Problem]:
    """What cannot be of goods that are sent, and what cannot be of such that are not."""
    is_virtual = content.kind is ProductKind.VIRTUAL
    if is_virtual and content.personalisation:
        yield NOT_OF_VIRTUAL.at("personalisation")
    for number, variant in enumerate(content.variants):
        path, note = f"variants.{number}", variant.delivery_note
        if is_virtual and variant.weight_grams:
            yield NOT_OF_VIRTUAL.at(f"{path}.weightGrams")
        if note is not None and not is_virtual:
            yield ONLY_OF_VIRTUAL.at(f"{path}.deliveryNote")
        elif note is not None:
            yield from _text(f"{path}.deliveryNote", note, LONGEST_DELIVERY_NOTE)


def _limit(limit: int | None) -> Iterator[Problem]:
    if limit is not None and not 1 <= limit <= LARGEST_LIMIT:
        yield OUT_OF_RANGE.at("memberLimit", least=1, most=LARGEST_LIMIT)


def _price(path: str, fen: int) -> Iterator[Problem]:
    if not 0 <= fen <= LARGEST_FEN:
        yield OUT_OF_RANGE.at(path, least=0, most=LARGEST_FEN)


def _pictures(pictures: Sequence[Picture]) -> Iterator[Problem]:
    yield from problems_of_count("pictures", len(pictures), MOST_PICTURES)
    for number, picture in enumerate(pictures):
        yield from problems_of_key(f"pictures.{number}.key", picture.key)
        yield from problems_of_title(f"pictures.{number}.alt", picture.alt)


def _options(options: Sequence[Option]) -> Iterator[Problem]:
    yield from problems_of_count("options", len(options), MOST_OPTIONS)
    yield from problems_of_repeats("options", [option.title.zh for option in options])
    for number, option in enumerate(options):
        path = f"options.{number}"
        yield from problems_of_title(f"{path}.title", option.title)
        yield from problems_of_count(f"{path}.values", len(option.values), MOST_OPTION_VALUES)
        yield from problems_of_repeats(f"{path}.values", [value.zh for value in option.values])
        if not option.values:
            yield MISSING.at(f"{path}.values")
        for place, value in enumerate(option.values):
            yield from problems_of_title(f"{path}.values.{place}", value)


def _blocks(blocks: Sequence[Block]) -> Iterator[Problem]:
    yield from problems_of_count("description", len(blocks), MOST_BLOCKS)
    for number, block in enumerate(blocks):
        path = f"description.{number}"
        yield from _text(f"{path}.text", block.text, LONGEST_TEXT)
        if (block.kind is BlockKind.PICTURE) != (block.picture_key is not None):
            yield NOT_OF_THIS_KIND.at(f"{path}.pictureKey")
        elif block.picture_key is not None:
            yield from problems_of_key(f"{path}.pictureKey", block.picture_key)


def _personalisation(fields: Sequence[PersonalisationField]) -> Iterator[Problem]:
    yield from problems_of_count("personalisation", len(fields), MOST_PERSONALISATION_FIELDS)
    yield from problems_of_repeats("personalisation", [field.code for field in fields])
    for number, field in enumerate(fields):
        path = f"personalisation.{number}"
        yield from problems_of_code(f"{path}.code", field.code)
        yield from problems_of_title(f"{path}.title", field.title)
        yield from _price(f"{path}.price", field.price_fen)
        if not 1 <= field.most_characters <= LONGEST_ENGRAVING:
            yield OUT_OF_RANGE.at(f"{path}.mostCharacters", least=1, most=LONGEST_ENGRAVING)


def _variants(variants: Sequence[VariantContent], options: Sequence[Option]) -> Iterator[Problem]:
    yield from problems_of_count("variants", len(variants), MOST_VARIANTS)
    yield from problems_of_repeats("variants", [variant.sku for variant in variants])
    if options:
        chosen = [", ".join(map(str, variant.choices)) for variant in variants]
        yield from problems_of_repeats("variants", chosen)
    for number, variant in enumerate(variants):
        path = f"variants.{number}"
        yield from problems_of_code(f"{path}.sku", variant.sku)
        yield from problems_of_title(f"{path}.title", variant.title)
        yield from _price(f"{path}.price", variant.price_fen)
        if not 0 <= variant.weight_grams <= MOST_GRAMS:
            yield OUT_OF_RANGE.at(f"{path}.weightGrams", least=0, most=MOST_GRAMS)
        if not _chooses(variant.choices, options):
            yield NOT_A_CHOICE.at(f"{path}.choices")


def _chooses(choices: Sequence[int], options: Sequence[Option]) -> bool:
    """Whether there is one choice for each option, among its values."""
    return len(choices) == len(options) and all(
        0 <= choice < len(option.values) for choice, option in zip(choices, options, strict=True)
    )


def problems_of_repeats(path: str, values: Iterable[object]) -> Iterator[Problem]:
    """What is in a list more than once."""
    for value, count in Counter(values).items():
        if count > 1:
            yield REPEATED.at(path, value=str(value))
