"""What the fake WeChat knows again when it is started again."""

import asyncio
import stat
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from cli import fake_wechat
from domain.kernel.clock import system_clock
from sandbox.wechat.keeping import Keeper, Kept, KeptPerson, kept_of, tell_history
from sandbox.wechat.pay.cashier import Cashier
from sandbox.wechat.pay.orders import Order, TradeState
from sandbox.wechat.pay.refunds import Refund, RefundStatus
from sandbox.wechat.shipping.records import OrderState, Parcel, Shipping
from tests.patience import PATIENCE_SECONDS
from tests.wechat import FakeWeChat

NUMBER = "261128000000000001-1"


def paid(wechat: FakeWeChat) -> Order:
    """An order that was paid yesterday, with a refund that is under way."""
    yesterday = system_clock() - timedelta(days=1)
    order = Order(
        out_trade_no=NUMBER,
        particulars={"amount": {"total": 5900}},
        description="屿光",
        total=5900,
        openid=wechat.person("孟婷", phone="+8619900000001").openid,
        notify_url="http://127.0.0.1:9/notices",
        attach="",
        payable_until=yesterday,
        signed_by="",
        state=TradeState.REFUND,
        prepaid={"wx1": yesterday},
        transaction_id="4200000000000000000000000001",
        paid_at=yesterday,
    )
    order.refunds.append(
        Refund(
            out_refund_no=f"{NUMBER}-R1",
            out_trade_no=NUMBER,
            refund_id="50000000000000000000000000001",
            particulars={},
            amount=100,
            notify_url=None,
            signed_by="",
            created_at=yesterday,
        )
    )
    return order


def known(wechat: FakeWeChat) -> None:
    """Let it know a person, a payment and its parcel."""
    wechat.pay.desk.orders.add(paid(wechat))
    parcel = Parcel("SF", "SF1234567890123", "面霜*1", "****8000", system_clock())
    shipping = Shipping(1, 1, [parcel], is_finished=True, finished=1, received=OrderState.CONFIRMED)
    wechat.world.shippings.told[NUMBER] = shipping


async def test_people_payments_and_parcels_are_known_again(wechat: FakeWeChat, tmp_path: Path):
    known(wechat)
    before, path = kept_of(wechat.world), tmp_path / "wechat-state.json"
    Keeper(path, wechat.world).write()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    wechat.reset()
    assert kept_of(wechat.world) == Kept()
    Keeper(path, wechat.world).restore(Cashier(wechat.pay.http, wechat.app_id))
    after = kept_of(wechat.world)
    assert after.people == before.people == [KeptPerson("孟婷", None, "+8619900000001")]
    assert [asdict(each) for each in after.payments] == [asdict(each) for each in before.payments]
    assert after.shippings == before.shippings


async def test_a_refund_that_was_under_way_goes_on(wechat: FakeWeChat, tmp_path: Path):
    known(wechat)
    path = tmp_path / "state.json"
    Keeper(path, wechat.world).write()
    wechat.reset()
    Keeper(path, wechat.world).restore(Cashier(wechat.pay.http, wechat.app_id))
    await wechat.pay.settled()
    assert wechat.pay.refund(f"{NUMBER}-R1").status is RefundStatus.SUCCESS


async def test_what_has_changed_is_written_at_the_end_too(wechat: FakeWeChat, tmp_path: Path):
    path = tmp_path / "state.json"
    keeping = asyncio.create_task(Keeper(path, wechat.world).keep())
    await asyncio.sleep(0)
    known(wechat)
    keeping.cancel()
    await asyncio.wait([keeping])
    assert NUMBER in path.read_text()
    assert not path.with_suffix(".new").exists()


@pytest.mark.parametrize("content", ["", "{", '{"people": [{"name": "x", "phone": "1"}]}'])
async def test_a_file_that_cannot_be_read_is_moved_aside_and_another_one_begun(
    content: str, wechat: FakeWeChat, tmp_path: Path
):
    path = fake_wechat.state_file(tmp_path)
    path.write_text(content)
    keeper = Keeper(path, wechat.world)
    with capture_logs() as logs:
        keeper.restore(Cashier(wechat.pay.http, wechat.app_id))
    assert [each["event"] for each in logs] == ["wechat.state_not_read"]
    keeper.write()
    assert "payments" in path.read_text()
    assert path.with_suffix(".broken").read_text() == content
    fake_wechat.forget(tmp_path)
    assert not path.with_suffix(".broken").exists()


async def test_a_file_that_is_not_there_is_no_news_and_one_that_cannot_be_had_stops_it(
    wechat: FakeWeChat, tmp_path: Path
):
    path = tmp_path / "state.json"
    with capture_logs() as logs:
        Keeper(path, wechat.world).restore(Cashier(wechat.pay.http, wechat.app_id))
    assert logs == []
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        Keeper(path, wechat.world).restore(Cashier(wechat.pay.http, wechat.app_id))


async def test_a_history_is_told_while_it_runs_and_twice_is_once(wechat: FakeWeChat):
    kept = Kept([KeptPerson("孟婷", phone="+8619900000001")], [paid(wechat)])
    async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as http:
        for _ in range(2):
            await tell_history(http, wechat.url, kept)
        assert wechat.pay.order(NUMBER).total == 5900
        assert len(list(wechat.pay.desk.orders)) == 1
        wrong = Kept([KeptPerson("孟婷", phone="1")])
        with pytest.raises(httpx.HTTPStatusError):
            await tell_history(http, wechat.url, wrong)
