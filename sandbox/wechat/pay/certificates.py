"""``GET /v3/certificates``: the certificate that WeChat Pay signs with, encrypted for the mall."""

from sandbox.wechat.pay.answering import Asked
from sandbox.wechat.pay.signing import encrypted
from sandbox.wechat.pay.told import Told, beijing

PATH = "/v3/certificates"


def certificates(asked: Asked) -> Told:
    """Tell the one platform certificate that is valid."""
    desk = asked.desk
    clear = desk.keys.platform_certificate.encode()
    return {
        "data": [
            {
                "serial_no": desk.ring.platform_serial,
                "effective_time": beijing(desk.ring.valid_from),
                "expire_time": beijing(desk.ring.valid_until),
                "encrypt_certificate": encrypted(
                    desk.keys.api_key, clear, "certificate", desk.random
                ),
            }
        ]
    }
