"""How WeChat Pay says no: an HTTP status, a word and a sentence."""

from http import HTTPStatus


class PayRefusal(Exception):
    """WeChat Pay says no to a call."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message


def bad_parameter(message: str) -> PayRefusal:
    """Return what is said to a field that is missing or breaks its rule."""
    return PayRefusal(HTTPStatus.BAD_REQUEST, "PARAM_ERROR", message)


def bad_signature(message: str) -> PayRefusal:
    """Return what is said to whoever is not the merchant."""
    return PayRefusal(HTTPStatus.UNAUTHORIZED, "SIGN_ERROR", message)


def bad_request(message: str) -> PayRefusal:
    """Return what is said to what the rules do not allow now."""
    return PayRefusal(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", message)


def unknown_order() -> PayRefusal:
    """Return what is said about an order that was never made."""
    return PayRefusal(HTTPStatus.NOT_FOUND, "ORDER_NOT_EXIST", "订单不存在")


def unknown_resource(message: str) -> PayRefusal:
    """Return what is said, about refunds, of what is not there."""
    return PayRefusal(HTTPStatus.NOT_FOUND, "RESOURCE_NOT_EXISTS", message)


def order_paid() -> PayRefusal:
    """Return what is said where an order can only be unpaid."""
    return PayRefusal(HTTPStatus.BAD_REQUEST, "ORDERPAID", "该订单已支付")


def order_closed() -> PayRefusal:
    """Return what is said where an order can only be open."""
    return PayRefusal(HTTPStatus.BAD_REQUEST, "ORDER_CLOSED", "该订单已关闭")


def number_used() -> PayRefusal:
    """Return what is said when an order number comes again with other particulars."""
    return PayRefusal(HTTPStatus.FORBIDDEN, "OUT_TRADE_NO_USED", "201 商户订单号重复")


def too_often() -> PayRefusal:
    """Return what is said to whoever asks too often."""
    return PayRefusal(HTTPStatus.TOO_MANY_REQUESTS, "FREQUENCY_LIMITED", "频率超限，请稍后再试")


def system_error() -> PayRefusal:
    """Return what is said when it is nobody's fault; the same call may come again."""
    return PayRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, "SYSTEM_ERROR", "系统异常，请稍后重试")


def no_bill() -> PayRefusal:
    """Return what is said of a day on which nothing happened."""
    return PayRefusal(HTTPStatus.BAD_REQUEST, "NO_STATEMENT_EXIST", "账单文件不存在")


def bill_not_ready() -> PayRefusal:
    """Return what is said of a day whose bill is not made yet."""
    return PayRefusal(HTTPStatus.BAD_REQUEST, "STATEMENT_CREATING", "账单生成中")


def link_expired() -> PayRefusal:
    """Return what is said to whoever comes too late for a file, or with no right token."""
    return PayRefusal(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST", "下载链接已失效")
