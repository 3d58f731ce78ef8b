"""Settings: what is right is read, what is wrong is named with its reason, secrets stay hidden."""

from pathlib import Path

import pytest

from domain.kernel.logs import LogFormat
from domain.kernel.settings import Profile, Settings, SettingsRefused, read_settings


def refused(**environ: str) -> list[str]:
    with pytest.raises(SettingsRefused) as caught:
        read_settings(environ)
    return caught.value.reasons


def test_without_any_variable_a_process_is_a_production_process_on_loopback():
    settings = read_settings({"PATH": "/bin", "HOME": "/root"})
    assert settings.profile is Profile.PRODUCTION
    assert (settings.host, settings.port, settings.home) == ("127.0.0.1", 8000, Path(".mall"))


def test_an_empty_variable_counts_as_absent():
    assert read_settings({"MALL_PORT": "", "MALL_REDIS_URL": ""}) == read_settings({})


def test_values_are_read_by_their_types():
    settings = read_settings(
        {"MALL_LOG_FORMAT": "console", "MALL_PUBLIC_URL": "https://mall.example", "MALL_PORT": "81"}
    )
    assert settings.log_format is LogFormat.CONSOLE
    assert settings.base_url == "https://mall.example"
    assert settings.port == 81


def test_an_ipv6_address_is_written_as_a_url():
    given = {"MALL_PROFILE": "development", "MALL_HOST": "::1"}
    assert read_settings(given).base_url == "http://[::1]:8000"


def test_in_production_the_address_that_clients_use_has_to_be_said():
    with pytest.raises(SettingsRefused, match="MALL_PUBLIC_URL: is missing"):
        _ = read_settings({}).base_url


def test_migrations_run_as_the_owner_where_there_is_one():
    alone = {"MALL_DATABASE_URL": "postgresql://mall@db/mall"}
    both = alone | {"MALL_MIGRATION_DATABASE_URL": "postgresql://owner@db/mall"}
    assert read_settings(alone).required_migration_url() == "postgresql://mall@db/mall"
    assert read_settings(both).required_migration_url() == "postgresql://owner@db/mall"
    assert read_settings(both).required_database_url() == "postgresql://mall@db/mall"
    with pytest.raises(SettingsRefused, match="MALL_DATABASE_URL: is missing"):
        read_settings({}).required_migration_url()


def test_every_missing_server_is_named_at_once():
    with pytest.raises(SettingsRefused) as caught:
        read_settings({}).require_servers()
    assert [reason.split(":")[0] for reason in caught.value.reasons] == [
        "MALL_DATABASE_URL",
        "MALL_REDIS_URL",
    ]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MALL_DATABASE_URL", "postgresql://a:b@localhost:port/x", "is no address"),
        ("MALL_DATABASE_URL", "postgresql://h/x?foo=1", "has a parameter that is not known: foo"),
        ("MALL_REDIS_URL", "redis://:hunter2@h:abc", "is no address"),
        ("MALL_REDIS_URL", "redis://h?foo=1&db=2", "has a parameter that is not known: foo"),
        ("MALL_PUBLIC_URL", "mall.example", "must be like https://mall.example, without a path"),
        ("MALL_METRICS_TOKEN", "short", "must have at least 16 characters"),
        ("MALL_LOG_LEVEL", "INFO", "should be 'debug', 'info', 'warning' or 'error'"),
        ("MALL_PORT", "x", "should be a whole number"),
        ("MALL_READ_CONNECTIONS", "4", "must be at least MALL_BROWSE_RUNNING and"),
    ],
)
def test_a_refusal_says_in_words_what_is_wrong(name: str, value: str, reason: str):
    (said,) = refused(**{name: value})
    assert said.startswith(f"{name}: {reason}")
    assert "hunter2" not in said


def test_a_home_may_be_written_with_a_tilde():
    assert read_settings({"MALL_HOME": "~/mall"}).home == Path.home() / "mall"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MALL_PORT", "0"),
        ("MALL_PORT", "65536"),
        ("MALL_PORT", "eighty"),
        ("MALL_PROFILE", "prod"),
        ("MALL_DATABASE_URL", "mysql://x"),
        ("MALL_REDIS_URL", "http://x"),
        ("MALL_PUBLIC_URL", "mall.example"),
        ("MALL_PUBLIC_URL", "https://mall.example/path"),
        ("MALL_READ_CONNECTIONS", "0"),
        ("MALL_WRITE_CONNECTIONS", "201"),
        ("MALL_BROWSE_RUNNING", "-1"),
        ("MALL_DRAIN_SECONDS", "61"),
        ("MALL_METRICS_TOKEN", "short"),
        ("MALL_LOG_LEVEL", "chatty"),
        ("MALL_LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(name: str, value: str):
    (reason,) = refused(**{name: value})
    assert reason.startswith(f"{name}: ")
    assert len(reason) > len(name) + 10


def test_every_wrong_value_is_named_at_once():
    reasons = refused(MALL_PORT="x", MALL_PROFILE="y")
    assert sorted(reason.split(":")[0] for reason in reasons) == ["MALL_PORT", "MALL_PROFILE"]


def test_a_misspelt_variable_is_refused_with_the_right_spelling():
    assert refused(MALL_DATABSE_URL="postgresql://x") == [
        "MALL_DATABSE_URL: there is no such setting; did you mean MALL_DATABASE_URL?"
    ]
    assert refused(MALL_ZZZ="1") == ["MALL_ZZZ: there is no such setting"]


def test_ports_that_would_meet_are_refused():
    assert refused(MALL_PORT="9000", MALL_WORKER_METRICS_PORT="9000") == [
        "MALL_WORKER_METRICS_PORT: must differ from MALL_PORT"
    ]


@pytest.mark.parametrize("name", ["MALL_DATABASE_URL", "MALL_REDIS_URL", "MALL_METRICS_TOKEN"])
def test_a_secret_shows_neither_in_the_settings_nor_in_a_refusal(name: str):
    given = {
        "MALL_DATABASE_URL": "postgresql://mall:hunter2@db/mall",
        "MALL_REDIS_URL": "rediss://:hunter2@valkey",
        "MALL_METRICS_TOKEN": "hunter2hunter2hunter2",
    }
    assert "hunter2" not in repr(read_settings(given))
    assert "hunter2" not in " ".join(refused(**{name: "hunter2"}))


def test_a_process_that_needs_a_server_says_which_variable_is_missing():
    with pytest.raises(SettingsRefused, match="MALL_DATABASE_URL: is missing"):
        read_settings({}).required_database_url()
    with pytest.raises(SettingsRefused, match="MALL_REDIS_URL: is missing"):
        read_settings({}).required_redis_url()


STORE = {
    "MALL_MEDIA_STORE_URL": "https://s3.example",
    "MALL_MEDIA_STORE_ACCESS_KEY": "mall",
    "MALL_MEDIA_STORE_SECRET_KEY": "hunter2",
    "MALL_MEDIA_STORE_PUBLIC_BUCKET": "mall-public",
    "MALL_MEDIA_STORE_PRIVATE_BUCKET": "mall-private",
    "MALL_MEDIA_STORE_PUBLIC_URL": "https://cdn.example/mall",
}


def test_a_store_is_configured_whole_or_not_at_all():
    assert read_settings({}).media_store is None
    store = read_settings(STORE).media_store
    assert store is not None
    assert (store.url, store.public_bucket) == ("https://s3.example", "mall-public")
    assert "hunter2" not in repr(store)


@pytest.mark.parametrize("absent", STORE)
def test_what_is_missing_of_a_store_is_named(absent: str):
    (reason,) = refused(**{name: value for name, value in STORE.items() if name != absent})
    assert reason.startswith(f"{absent}: is missing; MALL_MEDIA_STORE_")


def test_what_is_private_does_not_lie_where_anyone_may_read():
    (reason,) = refused(**STORE | {"MALL_MEDIA_STORE_PRIVATE_BUCKET": "mall-public"})
    assert reason.startswith("MALL_MEDIA_STORE_PRIVATE_BUCKET: must differ")


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        read_settings({}).port = 1


def test_every_setting_says_what_it_means():
    assert all(field.description for field in Settings.model_fields.values())
