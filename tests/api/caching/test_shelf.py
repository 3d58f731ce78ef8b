"""The bounds of what is kept."""

from api.caching.encoded import Encoded
from api.caching.shelf import LARGEST_BYTES, Kept, Shelf
from domain.kernel.language import Language


def kept(size: int = 10, *, epoch: int = 0) -> Kept:
    """An answer of so many bytes."""
    return Kept(Encoded(b"x" * size, Language.ZH), epoch, 1.0)


def test_what_was_not_asked_for_the_longest_goes_first():
    shelf = Shelf(3)
    for key in "abc":
        shelf.put(key, kept())
    assert shelf.get("a")
    shelf.put("d", kept())
    assert [key for key in "abcd" if shelf.get(key)] == ["a", "c", "d"]
    assert len(shelf) == 3


def test_bytes_are_bounded_too_in_both_forms():
    assert kept(20).size > 2 * 20
    most = 3 * kept(20).size - 1
    shelf = Shelf(1_000, most_bytes=most)
    for key in range(10):
        shelf.put(key, kept(20))
        assert shelf.bytes_kept <= most
    assert [key for key in range(10) if shelf.get(key)] == [8, 9]


def test_what_is_put_in_the_place_of_another_counts_once():
    shelf = Shelf(10)
    for epoch in range(10):
        shelf.put("a", kept(20, epoch=epoch))
    assert (len(shelf), shelf.bytes_kept) == (1, kept(20).size)
    found = shelf.get("a")
    assert found is not None
    assert found.epoch == 9


def test_what_is_too_large_is_not_kept_nor_what_it_came_after():
    shelf = Shelf(10)
    shelf.put("a", kept())
    shelf.put("a", kept(LARGEST_BYTES + 1))
    assert shelf.get("a") is None
    assert (len(shelf), shelf.bytes_kept) == (0, 0)


def test_packed_a_body_is_not_much_longer_than_plain():
    for size in (1_000, 20_000):
        body = bytes((7 * n * n + n // 3) % 256 for n in range(size))
        assert len(Encoded(body, Language.ZH).packed) <= size + 100
