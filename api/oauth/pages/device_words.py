"""What the pages say on which pads are let in, in both languages."""

from collections.abc import Mapping

from domain.kernel.language import Sentence

DEVICE_WORDS: Mapping[str, Sentence] = {
    "device": Sentence(zh="授权门店平板", en="Let a pad in"),
    "device_decided": Sentence(zh="门店平板", en="Pad"),
    "user_code": Sentence(zh="平板上显示的授权码", en="Code on the pad’s screen"),
    "go_on": Sentence(zh="继续", en="Continue"),
    "device_asks": Sentence(
        zh="一台设备申请作为门店平板登录：", en="A device asks to be a pad of a store:"
    ),
    "device_compare": Sentence(
        zh="请核对：以下授权码必须与您面前平板上显示的完全一致。若不一致，或您没有在设置平板，请拒绝。",
        en="Compare: this code must be the one on the pad before you. If it is not, or you are "
        "setting up no pad, turn it away.",
    ),
    "device_is": Sentence(zh="设备", en="Device"),
    "device_unknown": Sentence(zh="未说明", en="It does not say"),
    "device_address": Sentence(zh="网络地址", en="Network address"),
    "device_when": Sentence(zh="申请时间", en="Asked"),
    "device_just_now": Sentence(zh="不到 1 分钟前", en="less than a minute ago"),
    "device_minutes": Sentence(zh="{minutes} 分钟前", en="{minutes} min ago"),
    "store": Sentence(zh="所在门店", en="Store"),
    "choose_store": Sentence(zh="请选择门店", en="Choose a store"),
    "pad_name": Sentence(zh="平板名称，如“收银台 1”", en="The pad’s name, such as “Till 1”"),
    "let_in": Sentence(zh="授权", en="Let it in"),
    "turn_away": Sentence(zh="拒绝", en="Turn it away"),
}
"""The words by the names under which the templates ask for them."""

CODE_UNUSABLE = Sentence(
    zh="授权码不正确或已失效，请核对平板上的授权码，或在平板上重新获取。",
    en="The code is not right or no longer good; compare it with the pad, or get another there.",
)
MAY_NOT = Sentence(
    zh="只有店长、运营和所有者可以授权平板。",
    en="Only store managers, operators and owners let pads in.",
)
NO_STORES = Sentence(zh="您没有可授权的门店。", en="There is no store that you could choose.")
LET_IN = Sentence(
    zh="已授权，平板将在几秒内完成登录。", en="It was let in; the pad signs in within seconds."
)
TURNED_AWAY = Sentence(zh="已拒绝该设备。", en="The device was turned away.")
