"""What the environment may say, and what is answered when it says nonsense."""

import os
from ipaddress import ip_network
from pathlib import Path

import pytest

from board import layout
from board.settings import VARIABLES, Settings, SettingsError


def test_nothing_has_to_be_set() -> None:
    settings = Settings.read({})
    assert settings.database_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.url == "http://127.0.0.1:8080"
    assert settings.projector == "inline"
    assert settings.log == "plain"
    assert settings.trusted_proxies == ()
    assert not settings.secure


def test_every_setting_has_a_variable_that_says_what_it_does() -> None:
    assert {variable.field for variable in VARIABLES} == set(Settings.__struct_fields__)
    assert all(variable.does.endswith(".") for variable in VARIABLES)


def test_everything_can_be_set() -> None:
    settings = Settings.read(
        {
            "DATABASE_URL": "postgresql://app@db/accord",
            "MIGRATION_DATABASE_URL": "postgresql://owner@db/accord",
            "ACCORD_DATA": "/srv/accord",
            "ACCORD_HOST": "::1",
            "ACCORD_PORT": "0",
            "ACCORD_URL": "https://accord.example.com/",
            "ACCORD_PROJECTOR": "off",
            "ACCORD_PACE": "0.5",
            "ACCORD_LOG": "json",
            "ACCORD_TRUSTED_PROXIES": "10.0.0.7, 10.1.0.0/16 ::1",
        }
    )
    assert settings.migration_database_url == "postgresql://owner@db/accord"
    assert settings.data == Path("/srv/accord")
    assert (settings.host, settings.port) == ("::1", 0)
    assert settings.url == "https://accord.example.com"
    assert settings.secure
    assert (settings.projector, settings.pace, settings.log) == ("off", 0.5, "json")
    networks = ("10.0.0.7", "10.1.0.0/16", "::1")
    assert settings.trusted_proxies == tuple(ip_network(network) for network in networks)


def test_an_empty_value_counts_as_none() -> None:
    environ = {variable.name: " " for variable in VARIABLES}
    assert Settings.read(environ) == Settings.read({})


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgres://app@db/accord", "postgresql://app@db/accord"),
        ("postgresql+psycopg://app@db/accord", "postgresql://app@db/accord"),
        ("postgresql://a:b%40c@h1,h2/x?sslmode=require",) * 2,
    ],
)
def test_a_database_may_be_named_in_any_usual_way(written: str, used: str) -> None:
    assert Settings.read({"DATABASE_URL": written}).database_url == used


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://localhost:9000"),
        ("::", "http://localhost:9000"),
        ("::1", "http://[::1]:9000"),
        ("board.local", "http://board.local:9000"),
    ],
)
def test_the_address_to_type_follows_from_where_we_listen(host: str, url: str) -> None:
    assert Settings.read({"ACCORD_HOST": host, "ACCORD_PORT": "9000"}).url == url


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("DATABASE_URL", "mysql://db/accord", "must be like postgresql://"),
        ("DATABASE_URL", "db/accord", "must be like postgresql://"),
        ("ACCORD_PORT", "http", "from 0 .* to 65535"),
        ("ACCORD_PORT", "65536", "from 0 .* to 65535"),
        ("ACCORD_PORT", "-1", "from 0 .* to 65535"),
        ("ACCORD_URL", "accord.example.com", "must be like https://"),
        ("ACCORD_URL", "https://example.com/accord", "must not have a path"),
        ("ACCORD_PROJECTOR", "maybe", "must be inline or off"),
        ("ACCORD_PACE", "fast", "moves a minute from 0"),
        ("ACCORD_PACE", "nan", "moves a minute from 0"),
        ("ACCORD_PACE", "601", "moves a minute from 0"),
        ("ACCORD_LOG", "xml", "must be plain or json"),
        ("ACCORD_TRUSTED_PROXIES", "everybody", "must be addresses like"),
        ("ACCORD_TRUSTED_PROXIES", "10.0.0.1/8", "must be addresses like"),
    ],
)
def test_nonsense_is_refused_with_what_would_do(variable: str, value: str, advice: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: .*{advice}"):
        Settings.read({variable: value})


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read({"ACCORD_PORT": "x", "ACCORD_LOG": "y"})
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "ACCORD_PORT",
        "ACCORD_LOG",
    ]


def test_a_password_is_never_repeated_in_a_message() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read({"DATABASE_URL": "mysql://app:hunter2@db/accord"})
    assert "hunter2" not in str(refused.value)


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://app:s3cret@db/accord\n")
    settings = Settings.read({"DATABASE_URL_FILE": str(secret)})
    assert settings.database_url == "postgresql://app:s3cret@db/accord"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    both = {"DATABASE_URL": "postgresql://db/accord", "DATABASE_URL_FILE": str(tmp_path)}
    with pytest.raises(SettingsError, match="given twice"):
        Settings.read(both)


def test_a_secret_s_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"DATABASE_URL: .*nowhere"):
        Settings.read({"DATABASE_URL_FILE": str(tmp_path / "nowhere")})


def test_an_owner_s_address_alone_is_refused() -> None:
    with pytest.raises(SettingsError, match="give DATABASE_URL too"):
        Settings.read({"MIGRATION_DATABASE_URL": "postgresql://owner@db/accord"})


def test_data_is_kept_in_the_checkout_or_for_root_where_its_database_reaches() -> None:
    data = Settings.read({}).data
    if os.geteuid() == 0:
        assert data.parent == Path("/var/lib")
    else:
        assert data == (layout.checkout() or Path()) / ".accord"
