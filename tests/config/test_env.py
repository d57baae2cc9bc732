"""What the environment says, and how it is told that it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from abono.config import env
from abono.config.settings import _database


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("ABONO_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return monkeypatch


def test_every_wrong_variable_is_named_at_once(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("ABONO_PUBLIC_URL", "ftp://abono.example")
    variables.setenv("ABONO_SMTP_PORT", "mail")
    variables.setenv("DATABASE_URL", "mysql://nowhere/db")
    with pytest.raises(env.ConfigurationError) as told:
        env.load()
    for name in ("ABONO_PUBLIC_URL", "ABONO_SMTP_PORT", "DATABASE_URL"):
        assert f"  {name}: " in str(told.value)


def test_a_given_database_wins_over_the_embedded_one(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert env.load().dsn.startswith("postgresql://abono@/abono?host=")
    variables.setenv("DATABASE_URL", "postgresql://someone@db.example/abono")
    assert env.load().dsn == "postgresql://someone@db.example/abono"


def test_the_secret_is_made_once_and_is_for_its_owner_only(
    variables: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = env.secret_key(env.load())
    assert len(first) >= 50
    assert env.secret_key(env.load()) == first
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    variables.setenv("ABONO_SECRET_KEY", "given")
    assert env.secret_key(env.load()) == "given"


def test_an_installation_behind_https_has_secure_cookies_and_its_own_host(
    variables: pytest.MonkeyPatch,
) -> None:
    variables.setenv("ABONO_PUBLIC_URL", "https://planes.example/")
    variables.setenv("ABONO_ALLOWED_HOSTS", "a.example, b.example")
    settings = env.load()
    assert settings.secure
    assert settings.public_url == "https://planes.example"
    assert settings.hosts == ["planes.example", "a.example", "b.example"]
    variables.setenv("ABONO_PUBLIC_URL", "http://planes.example")
    assert env.load().hosts[3:] == ["localhost", "127.0.0.1", "[::1]"]


def test_parameters_of_the_address_reach_the_driver_and_dead_lines_are_noticed() -> None:
    entry = _database(
        "postgresql://u:p%20w@db.example:6432/abono?sslmode=require&connect_timeout=9",
        statement_timeout_ms=30_000,
    )
    assert {key: entry[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "abono",
        "USER": "u",
        "PASSWORD": "p w",
        "HOST": "db.example",
        "PORT": "6432",
    }
    assert entry["OPTIONS"]["sslmode"] == "require"
    assert str(entry["OPTIONS"]["connect_timeout"]) == "9"  # what is given wins over ours
    assert entry["OPTIONS"]["tcp_user_timeout"] == 30_000
    assert str(entry["OPTIONS"]["options"]).endswith("-c statement_timeout=30000")


@pytest.mark.parametrize("name", ["pix", "bank_boleto"])
def test_the_options_of_pix_and_slips_are_json(variables: pytest.MonkeyPatch, name: str) -> None:
    variable = f"ABONO_{name.upper()}"
    variables.setenv(variable, '{"client_id": "abono", "pix_key": "11222333000181"}')
    assert getattr(env.load(), name) == {"client_id": "abono", "pix_key": "11222333000181"}
    variables.setenv(variable, "client_id=abono")
    with pytest.raises(env.ConfigurationError, match=variable):
        env.load()
