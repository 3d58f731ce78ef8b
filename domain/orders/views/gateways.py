"""What gateways are called, by the word that a history has for who made an order paid."""

from collections.abc import Mapping

from domain.kernel.language import Language, Sentence

NOBODY = "gateway:free"
"""Who made an order paid of which there was nothing to pay."""
_CALLED = {"gateway:wechat_pay": Sentence(zh="微信支付", en="WeChat Pay")}


def gateway_names(language: Language) -> Mapping[str, str]:
    """The name of each gateway, by its word as an actor."""
    return {actor: name.told_in(language, {}) for actor, name in _CALLED.items()}
