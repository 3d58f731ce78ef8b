"""What carriers are called."""

from collections.abc import Mapping

from domain.kernel.language import Language, Sentence
from domain.orders.words import Carrier

_NAMES: Mapping[Carrier, Sentence] = {
    Carrier.SF: Sentence(zh="顺丰速运", en="SF Express"),
    Carrier.JD: Sentence(zh="京东快递", en="JD Logistics"),
    Carrier.EMS: Sentence(zh="邮政特快专递", en="EMS"),
    Carrier.POST: Sentence(zh="邮政快递包裹", en="China Post"),
    Carrier.ZTO: Sentence(zh="中通快递", en="ZTO Express"),
    Carrier.YTO: Sentence(zh="圆通速递", en="YTO Express"),
    Carrier.STO: Sentence(zh="申通快递", en="STO Express"),
    Carrier.YUNDA: Sentence(zh="韵达快递", en="Yunda Express"),
    Carrier.JT: Sentence(zh="极兔速递", en="J&T Express"),
    Carrier.DEPPON: Sentence(zh="德邦快递", en="Deppon Express"),
    Carrier.OTHER: Sentence(zh="其他快递", en="Another carrier"),
}


def carrier_name(carrier: Carrier, language: Language) -> str:
    """What a carrier is called."""
    return _NAMES[carrier].told_in(language, {})
