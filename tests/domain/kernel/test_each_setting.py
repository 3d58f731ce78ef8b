"""Each setting by itself: its wrong values, its absence, and what of it shows."""

import pytest

from domain.kernel.settings import Settings, SettingsRefused, read_settings

SECRET = "hunter2-hunter2-hunter2"  # noqa: S105
PUSH_TOKEN = "hunter3hunter3"  # noqa: S105
PUSH_KEY = "hunter4" * 6 + "x"
URLS = {
    "MALL_DATABASE_URL": f"postgresql://mall:{SECRET}@db/mall",
    "MALL_MIGRATION_DATABASE_URL": f"postgresql://owner:{SECRET}@db/mall",
    "MALL_REDIS_URL": f"redis://:{SECRET}@cache/0",
    "MALL_METRICS_TOKEN": SECRET,
    "MALL_WECHAT_APP_ID": "wx0123456789abcdef",
    "MALL_WECHAT_APP_SECRET": SECRET,
    "MALL_WECHAT_PUSH_TOKEN": PUSH_TOKEN,
    "MALL_WECHAT_PUSH_KEY": PUSH_KEY,
    "MALL_SMS_URL": "https://sms.example/send",
    "MALL_SMS_TOKEN": SECRET,
}


def reasons(**environ: str) -> list[str]:
    """Why the settings are refused."""
    with pytest.raises(SettingsRefused) as refused:
        read_settings({f"MALL_{name}": value for name, value in environ.items()})
    assert str(refused.value) == "\n".join(refused.value.reasons)
    return refused.value.reasons


def test_variables_of_other_programmes_are_none_of_ours():
    environ = {"PORT": "1", "MALLET_PORT": "2", "SHOAL_PORT": "3", "mall_port": "4"}
    assert read_settings(environ) == read_settings({})


KEY = "bm90aGluZyBoaWRlcyBiZWhpbmQgdGhpcyBrZXkhISE="

WRONG = {
    "PROFILE": ["debug", "Production", "development "],
    "HOST": [],
    "PORT": ["0", "65536", "-1", "http", "80.5"],
    "PUBLIC_URL": ["mall.test", "ftp://mall.test", "https://mall.test/", "https://mall.test/a",
                   "https://", "https://a b"],
    "DATABASE_URL": ["mysql://db/mall", "db", "postgresql:/db"],
    "MIGRATION_DATABASE_URL": ["mysql://db/mall", "postgresql://db/mall?pool=1"],
    "APPLICATION_ROLE": ["r" * 64],
    "REDIS_URL": ["http://cache", "cache", "valkey://cache"],
    "MASTER_KEYS": ["short", "c2hvcnQ=", f"{KEY},", f"{KEY},{KEY}", f"{KEY} "],
    "READ_CONNECTIONS": ["0", "201", "many"],
    "WRITE_CONNECTIONS": ["0", "201", "-1"],
    "BROWSE_RUNNING": ["0", "1001"],
    "BROWSE_WAITING": ["-1", "10001"],
    "PUBLIC_ANSWERS": ["-1", "100001"],
    "ADHOC_RUNNING": ["0", "1001"],
    "ADHOC_WAITING": ["-1", "10001"],
    "ORDERING_RUNNING": ["0", "2001"],
    "PAYING_RUNNING": ["0", "2001"],
    "RECEIPT_DAYS": ["0", "61", "soon"],
    "AFTERSALES_WINDOW_DAYS": ["6", "366", "soon"],
    "AFTERSALES_ANSWER_HOURS": ["0", "721"],
    "AFTERSALES_RETURN_DAYS": ["0", "61"],
    "AFTERSALES_INSTANT": ["perhaps"],
    "POINTS_CLAWBACK": ["deduct_cash", "Debt", "none"],
    "PICK_UP_DAYS": ["0", "61", "soon"],
    "DRAIN_SECONDS": ["-1", "61", "nan", "soon"],
    "SHUTDOWN_SECONDS": ["0", "121", "nan", "inf"],
    "METRICS_TOKEN": ["short"],
    "STAFF_TOKEN": ["short", "long enough, but not in production"],
    "FAILPOINT": ["place.committed:/flag", "place", "place.committed", "place.committed:flag",
                  "place:/flag", "place.committed:/"],
    "WORKER_METRICS_PORT": ["-1", "65536", "8000"],
    "MEDIA_STORE_URL": ["s3.test", "ftp://s3.test", "https://s3.test/", "https://a@s3.test"],
    "MEDIA_STORE_REGION": [],
    "MEDIA_STORE_ADDRESSING": ["auto", "Path"],
    "MEDIA_STORE_ACCESS_KEY": [],
    "MEDIA_STORE_SECRET_KEY": [],
    "MEDIA_STORE_PUBLIC_BUCKET": ["No", "a_b", "x"],
    "MEDIA_STORE_PRIVATE_BUCKET": ["No", "a/b", ".a."],
    "MEDIA_STORE_PUBLIC_URL": ["cdn", "https://", "https://cdn.test/", "https://cdn.test?a"],
    "WECHAT_URL": ["api.weixin.qq.com", "https://api.weixin.qq.com/", "https://wx.test:port",
                   "http://api.weixin.qq.com", "https://127.0.0.1:8443", "https://localhost",
                   "https://mall.localhost", "https://[::1]", "https://[::ffff:127.0.0.1]",
                   "https://0.0.0.0:1", "https://a@wx.test"],
    "WECHAT_APP_ID": ["wx0123456789ABCDEF", "wx0123456789abcde", "0123456789abcdef00", "wx "],
    "WECHAT_APP_SECRET": [],
    "WECHAT_PUSH_TOKEN": ["ab", "a b c", "a" * 33],
    "WECHAT_PUSH_KEY": ["a" * 42, "a" * 44, "a" * 42 + "="],
    "WECHAT_PAY_URL": ["api.mch.weixin.qq.com", "https://api.mch.weixin.qq.com/",
                       "http://api.mch.weixin.qq.com", "https://127.0.0.1:8443", "https://a@b"],
    "WECHAT_PAY_MERCHANT_ID": ["1234567", "1900000109a", "1" * 33, "١٢٣٤٥٦٧٨"],
    "WECHAT_PAY_SERIAL": ["7132D7", "G" * 40, "A" * 65],
    "WECHAT_PAY_PRIVATE_KEY": ["key", "c2hvcnQ=", "-----BEGIN PRIVATE KEY-----", "键"],
    "WECHAT_PAY_API_KEY": ["k" * 31, "k" * 33, "k" * 31 + "键", "k" * 31 + " "],
    "WECHAT_PAY_NOTIFY_URL": ["mall.test/webhooks/wechat-pay", "https://mall.test/a?b=c",
                              "https://mall.test/" + "a" * 255, "https://mall.test/a#b"],
    "WECHAT_PAY_PUBLIC_KEY_ID": ["0119", "PUB_KEY_ID_", "PUB_KEY_ID_0 1", "pub_key_id_01"],
    "WECHAT_PAY_PUBLIC_KEY": ["key", "c2hvcnQ=", "-----BEGIN PUBLIC KEY-----", "键"],
    "WECHAT_TEMPLATE_ORDER_PAID": ["id", "id amount2", "id amount2=price", "i/d amount2=amount",
                                   "id amount=amount", "id amount2=reason",
                                   "id amount2=amount amount2=time"],
    "WECHAT_TEMPLATE_ORDER_CLOSED": ["id", "id amount2=amount"],
    "WECHAT_TEMPLATE_PAYMENT_REFUNDED": ["id", "id thing1=note"],
    "WECHAT_TEMPLATE_ORDER_SHIPPED": ["id", "id thing1=amount"],
    "WECHAT_TEMPLATE_CASE_MOVED": ["id", "id thing1=amount"],
    "WECHAT_TEMPLATE_ORDER_READY": ["id", "id thing1=amount"],
    "WECHAT_TEMPLATE_ORDER_FETCHED": ["id", "id thing1=until"],
    "WECHAT_TEMPLATE_INVOICE_ISSUED": ["id", "id thing1=reason"],
    "WECHAT_TEMPLATE_INVOICE_REJECTED": ["id", "id amount1=amount"],
    "WECHAT_TEMPLATE_ORDER_DELIVERED": ["id", "id thing1=until"],
    "WECHAT_TEMPLATE_POINTS_EXPIRING": ["id", "id thing1=order_number"],
    "SMS_URL": ["sms.test", "ftp://sms.test", "https://sms.test/", "https://sms.test/a?b=c",
                "https://key@sms.test", "https:///send", "https://sms.test:port/send"],
    "SMS_TOKEN": ["short", "with spaces, and long enough", "0123456789abcdef\n"],
    "SMS_COUNTRIES": ["+86", "86, 852", "86,", "086", "CN", "1234"],
    "SMS_MOST_A_MINUTE": ["0", "100001", "many"],
    "TRACKING_URL": ["poll.kuaidi100.com", "https://poll.kuaidi100.com/", "https://127.0.0.1:8443",
                     "http://poll.kuaidi100.com", "https://a@b"],
    "TRACKING_CUSTOMER": ["a b", "c" * 65],
    "TRACKING_KEY": [],
    "TRACKING_MINUTES": ["0", "1441", "often"],
    "LOG_LEVEL": ["loud", "INFO", "infos"],
    "LOG_FORMAT": ["xml", "JSON"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(name: str, value: str):
    (reason,) = reasons(**{name: value})
    assert reason.startswith(f"MALL_{name}: ")
    assert len(reason) > len(f"MALL_{name}: ")


def test_all_wrong_values_are_told_at_once():
    told = reasons(PORT="0", LOG_LEVEL="loud", NONSENSE="1")
    assert sorted(reason.partition(":")[0] for reason in told) == [
        "MALL_LOG_LEVEL",
        "MALL_NONSENSE",
        "MALL_PORT",
    ]


def test_secrets_do_not_show():
    settings = read_settings(URLS)
    for shown in (repr(settings), str(settings), str(settings.model_dump())):
        for secret in (SECRET, PUSH_TOKEN, PUSH_KEY):
            assert secret not in shown
    for part in (settings.wechat, settings.wechat_push, settings.sms):
        assert part is not None
        assert "hunter" not in repr(part)
    assert settings.required_database_url() == URLS["MALL_DATABASE_URL"]
    assert settings.required_redis_url() == URLS["MALL_REDIS_URL"]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_an_empty_value_counts_as_absent(name: str):
    assert read_settings({f"MALL_{name.upper()}": ""}) == read_settings({})
