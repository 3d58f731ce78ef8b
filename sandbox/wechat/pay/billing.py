"""``/v3/bill/…``: where the bill of a day is, and the file itself, for five minutes."""

import gzip
import hashlib
from datetime import date, datetime, time, timedelta

from domain.kernel.clock import SHOP_ZONE
from sandbox.wechat.pay.answering import Asked
from sandbox.wechat.pay.bill_files import BillFile
from sandbox.wechat.pay.bill_sheets import Books, fund_sheet, trade_sheet
from sandbox.wechat.pay.refusals import (
    bad_parameter,
    bill_not_ready,
    link_expired,
    no_bill,
)
from sandbox.wechat.pay.told import Told

TRADES = "/v3/bill/tradebill"
FUNDS = "/v3/bill/fundflowbill"
DOWNLOAD = "/v3/billdownload/file"
LIFETIME = timedelta(minutes=5)
LONGEST_BACK = timedelta(days=92)
_READY = time(10, tzinfo=SHOP_ZONE)


def trade_bill(asked: Asked) -> Told:
    """Tell where the bill of trades is."""
    if asked.sent.query.get("bill_type", "ALL") != "ALL":
        raise bad_parameter("此处只提供 bill_type=ALL")
    day = _day(asked)
    return _place(asked, trade_sheet(_books(asked), day))


def fund_bill(asked: Asked) -> Told:
    """Tell where the bill of funds is."""
    if asked.sent.query.get("account_type", "BASIC") != "BASIC":
        raise bad_parameter("此处只提供 account_type=BASIC")
    day = _day(asked)
    return _place(asked, fund_sheet(_books(asked), day))


def download(asked: Asked) -> bytes:
    """Give the file out, unsigned as the vendor does."""
    file = asked.desk.bill_files.kept.get(asked.sent.query.get("token", ""))
    if file is None or asked.desk.clock() >= file.ends_at:
        raise link_expired()
    return file.content


def _books(asked: Asked) -> Books:
    desk = asked.desk
    return Books(desk.orders, desk.bill_tricks, asked.world.app.app_id, desk.keys.merchant_id)


def _day(asked: Asked) -> date:
    """The day that is asked for; refuses one that is too old, and one whose bill is not made."""
    try:
        day = date.fromisoformat(asked.sent.query.get("bill_date", ""))
    except ValueError:
        raise bad_parameter("bill_date 格式应为 YYYY-MM-DD") from None
    if asked.sent.query.get("tar_type", "") not in {"", "GZIP"}:
        raise bad_parameter("tar_type 只能为 GZIP")
    now, is_ready = asked.desk.clock(), asked.desk.bill_tricks.is_ready
    if day < now.astimezone(SHOP_ZONE).date() - LONGEST_BACK:
        raise bad_parameter("只能下载三个月以内的账单")
    if is_ready is None:
        is_ready = now >= datetime.combine(day + timedelta(days=1), _READY)
    if not is_ready:
        raise bill_not_ready()
    return day


def _place(asked: Asked, sheet: str | None) -> Told:
    if sheet is None:
        raise no_bill()
    desk, content = asked.desk, sheet.encode()
    is_packed = asked.sent.query.get("tar_type") == "GZIP"
    token = f"{desk.random.getrandbits(160):040x}"
    packed = gzip.compress(content, mtime=0) if is_packed else content
    desk.bill_files.add(token, BillFile(packed, desk.clock() + LIFETIME))
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if desk.bill_tricks.wrong_hash:
        digest = digest[::-1]
    host = asked.sent.headers.get("host", "127.0.0.1")
    return {
        "hash_type": "SHA1",
        "hash_value": digest,
        "download_url": f"http://{host}{DOWNLOAD}?token={token}",
    }
