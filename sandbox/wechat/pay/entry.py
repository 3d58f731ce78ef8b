"""Who may come in: the ``Authorization`` of a call, verified as WeChat Pay does."""

import re
from datetime import timedelta

from sandbox.wechat.pay.desk import PayDesk
from sandbox.wechat.pay.refusals import bad_signature
from sandbox.wechat.pay.signing import SCHEME, is_signed, lines
from sandbox.wechat.sent import Sent

TIMELY = timedelta(minutes=5)
_PARAMETERS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
_PARAMETER = re.compile(r'([a-z_]+)="([^"]*)"')


def check_signature(desk: PayDesk, sent: Sent) -> None:
    """Raise `PayRefusal` 401 unless the merchant signed this call, just now, for the first time.

    What is signed are the bytes of the target and of the body as they arrived.
    """
    given = _parameters(sent.headers.get("authorization", ""))
    if given["mchid"] != desk.keys.merchant_id:
        raise bad_signature("商户号不存在")
    if given["serial_no"].upper() != desk.keys.merchant_serial.upper():
        raise bad_signature("商户证书序列号有误")
    now = desk.clock()
    timestamp, nonce = given["timestamp"], given["nonce_str"]
    is_number = timestamp.isascii() and timestamp.isdigit()
    if not is_number or abs(now.timestamp() - int(timestamp)) > TIMELY.total_seconds():
        raise bad_signature("Http头Authorization值的时间戳已过期")
    message = lines(sent.method, sent.target, timestamp, nonce, sent.body)
    if not is_signed(desk.ring.merchant, message, given["signature"]):
        raise bad_signature("签名错误，请检查后再试")
    if not desk.nonces.use(nonce, now):
        raise bad_signature("随机串已被使用")


def _parameters(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    parts = [_PARAMETER.fullmatch(part.strip()) for part in rest.split(",")]
    given = {part[1]: part[2] for part in parts if part}
    is_whole = len(given) == len(parts) and set(given) == _PARAMETERS
    if scheme != SCHEME or not is_whole or not all(given.values()):
        raise bad_signature("Http头Authorization格式错误")
    return given
