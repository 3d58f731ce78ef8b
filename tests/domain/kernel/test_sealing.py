"""Secrets at rest: what is sealed is opened for its purpose and owner alone."""

import base64
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.sealing import Unsealable, Vault, master_keys

RANDOM = Random(7)
OLD, NEW = (RANDOM.randbytes(32) for _ in range(2))


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_what_is_sealed_is_opened(text: bytes, purpose: str, owner: str):
    vault = Vault([OLD])
    sealed = vault.seal(text, purpose=purpose, owner=owner, random=RANDOM)
    assert vault.open(sealed, purpose=purpose, owner=owner) == text


@pytest.mark.parametrize(
    ("purpose", "owner", "keys", "spoil"),
    [
        ("email", "a", [OLD], None),
        ("phone", "b", [OLD], None),
        ("phone", "a", [NEW], None),
        ("phone", "a", [OLD], 0),
        ("phone", "a", [OLD], 5),
        ("phone", "a", [OLD], -1),
    ],
    ids=["purpose", "owner", "key", "key's name", "nonce", "tag"],
)
def test_it_is_not_opened_for_anything_else(
    purpose: str, owner: str, keys: list[bytes], spoil: int | None
):
    sealed = bytearray(Vault([OLD]).seal(b"+86138", purpose="phone", owner="a", random=RANDOM))
    if spoil is not None:
        sealed[spoil] ^= 1
    with pytest.raises(Unsealable):
        Vault(keys).open(bytes(sealed), purpose=purpose, owner=owner)


@pytest.mark.parametrize("length", [0, 3, 4, 10, 16, 20])
def test_a_text_that_is_cut_is_not_opened(length: int):
    sealed = Vault([OLD]).seal(b"+86138", purpose="phone", owner="a", random=RANDOM)
    with pytest.raises(Unsealable):
        Vault([OLD]).open(sealed[:length], purpose="phone", owner="a")


def test_a_new_key_seals_and_the_old_one_opens_and_indexes():
    before, after = Vault([OLD]), Vault([NEW, OLD])
    sealed = before.seal(b"+86138", purpose="phone", owner="a", random=RANDOM)
    assert after.open(sealed, purpose="phone", owner="a") == b"+86138"
    again = after.seal(b"+86138", purpose="phone", owner="a", random=RANDOM)
    with pytest.raises(Unsealable):
        before.open(again, purpose="phone", owner="a")
    assert before.index("+86138", purpose="phone") == after.index("+86138", purpose="phone")


def test_the_same_text_has_one_index_for_each_purpose_and_is_never_sealed_the_same():
    vault = Vault([OLD])
    assert vault.index("a", purpose="phone") != vault.index("a", purpose="code")
    sealed = {vault.seal(b"a", purpose="p", owner="o", random=RANDOM) for _ in range(20)}
    assert len(sealed) == 20


@pytest.mark.parametrize("text", ["", "abc", "é", base64.b64encode(b"short").decode()])
def test_a_master_key_that_is_none_is_refused(text: str):
    with pytest.raises(ValueError, match="must be"):
        master_keys(text)


def test_master_keys_are_read_in_their_order_and_each_once():
    texts = [base64.b64encode(key).decode() for key in (NEW, OLD)]
    assert master_keys(",".join(texts)) == [NEW, OLD]
    with pytest.raises(ValueError, match="twice"):
        master_keys(",".join([texts[0], texts[0]]))
    with pytest.raises(ValueError, match="32 bytes"):
        Vault([])
