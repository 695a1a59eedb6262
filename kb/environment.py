"""Readers of environment variables, which raise ImproperlyConfigured with the allowed values for an invalid one."""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from redis.connection import parse_url

env = environ.Env()
POSTGRES_SCHEMES = {"postgres", "postgresql"}
TRUE_VALUES = {"1", "true", "yes", "on"}
MAIL_SCHEMES = {"smtp", "smtp+tls", "smtp+ssl"}
FALSE_VALUES = {"0", "false", "no", "off", ""}


def read_boolean(name: str, default: bool = False) -> bool:
    """Return an on/off setting; an empty value is off."""
    value = env.str(name, "on" if default else "off").strip().lower()
    if value not in TRUE_VALUES | FALSE_VALUES:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be on or off (1/0, true/false, yes/no).")
    return value in TRUE_VALUES


def read_whole_number(name: str, default: int, minimum: int, maximum: int) -> int:
    """Return a whole number between two bounds, both included."""
    value = env.str(name, str(default)).strip()
    if not (value.isascii() and value.isdecimal()) or not minimum <= int(value) <= maximum:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number from {minimum} to {maximum}.")
    return int(value)


def read_choice(name: str, default: str, choices: list[str]) -> str:
    """Return one of several words, in whatever case it is written."""
    value = env.str(name, "").strip() or default
    matches = [choice for choice in choices if choice.lower() == value.lower()]
    if not matches:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
    return matches[0]


def read_directory(name: str, default: Path) -> Path:
    """Return a directory, which is made if it is missing."""
    path = Path(env.str(name, "").strip() or default)
    try:
        path.mkdir(parents=True, exist_ok=True)
        is_writable = os.access(path, os.W_OK | os.X_OK)
    except OSError:
        is_writable = False
    if not is_writable:
        raise ImproperlyConfigured(f"{name} is {str(path)!r}; it must be a directory that the service can write to.")
    return path


def read_token(name: str) -> str:
    """Return a token that somebody has to show, or an empty string if none is set."""
    value = env.str(name, "").strip()
    if value and not re.fullmatch(r"[A-Za-z0-9._~+/=-]{20,}", value):
        raise ImproperlyConfigured(
            f"{name} cannot be a token; it must be 20 or more letters, digits and . _ ~ + / = -, or left unset."
        )
    return value


def read_port(name: str, default: int) -> int:
    """Return a TCP port."""
    return read_whole_number(name, default, 1, 65535)


def read_host(name: str, default: str) -> str:
    """Return the address to listen on."""
    value = env.str(name, "").strip() or default
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be an address of this machine, such as 127.0.0.1.")
    return value


def read_hosts(name: str, default: list[str]) -> list[str]:
    """Return a list of host names, written with commas between them."""
    hosts = [host.strip() for host in env.str(name, ",".join(default)).split(",") if host.strip()]
    invalid = [host for host in hosts if "/" in host or " " in host]
    if invalid or not hosts:
        raise ImproperlyConfigured(
            f"{name} holds {', '.join(invalid) or 'nothing'}; it must be host names separated by commas, "
            "such as kb.example.org,localhost (no scheme, no path)."
        )
    return hosts


def read_database(name: str, default: str) -> dict:
    """Return Django's settings of a database from its URL: SQLite or PostgreSQL."""
    expected = "it must be sqlite:///path/to/file.sqlite3 or postgres://user:password@host:5432/name."
    return _parse_database(name, env.str(name, default), {"sqlite", *POSTGRES_SCHEMES}, expected)


def read_replicas(name: str, primary: dict) -> dict[str, dict]:
    """Return the settings of the replicas of a primary, by alias: replica1 and so on."""
    urls = [url.strip() for url in env.str(name, "").split(",") if url.strip()]
    if urls and not primary["ENGINE"].endswith("postgresql"):
        raise ImproperlyConfigured(
            f"{name} is set, but DATABASE_URL is no PostgreSQL database; only that has replicas."
        )
    expected = "it must be postgres://user:password@host:5432/name, several separated by commas."
    replicas = {}
    for number, url in enumerate(urls, start=1):
        config = _parse_database(name, url, POSTGRES_SCHEMES, expected)
        options = {"connect_timeout": 2, "tcp_user_timeout": 3000, "options": "-c default_transaction_read_only=on"}
        replicas[f"replica{number}"] = config | {
            "CONN_MAX_AGE": 60,
            "OPTIONS": options | config.get("OPTIONS", {}),
            "TEST": {"MIRROR": "default"},
        }
    return replicas


def _parse_database(name: str, value: str, schemes: set[str], expected: str) -> dict:
    """Return Django's settings of a database from its URL."""
    scheme = value.partition(":")[0]
    if scheme not in schemes or "://" not in value:
        raise ImproperlyConfigured(f"{name} begins with {scheme!r}; {expected}")
    try:
        config = env.db_url_config(value)
    except Exception as error:
        raise ImproperlyConfigured(f"{name} cannot be read ({error}); {expected}") from error
    if not config.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database; {expected}")
    # Tests of SQLite run in memory; pytest-django does so by itself only where it knows the name of the backend.
    test = {"TEST": {"NAME": ":memory:"}} if scheme == "sqlite" else {}
    return config | {"ENGINE": config["ENGINE"].replace("django.db.backends", "kb.db_backends")} | test


@dataclass(frozen=True)
class DatabaseLimits:
    """How many seconds a request waits for a connection, for a query, and for a lock."""

    connect: int
    statement: int
    lock: int

    def build_options(self, database: dict) -> dict[str, Any]:
        """Return the options of a database, those of `kb.db_backends` included."""
        if not database["ENGINE"].endswith("sqlite3"):
            names = ("connect_timeout", "statement_seconds", "lock_seconds")
            return dict(zip(names, (self.connect, self.statement, self.lock), strict=True))
        return {
            "transaction_mode": "IMMEDIATE",
            "timeout": self.lock,
            # Readers do not wait for writers; and what was answered as written survives a power cut.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }


def read_counter_cache(name: str) -> dict:
    """Return the cache that counts requests: Redis, shared by all processes, or the memory of each process."""
    if not (value := env.str(name, "").strip()):
        local = "django.core.cache.backends.locmem.LocMemCache"
        return {"BACKEND": local, "LOCATION": "counts", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    expected = "it must be redis://host:6379/0, rediss://user:password@host:6379/0 or unix:///path/to/socket."
    timeouts = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}  # Seconds; without Redis, nothing is limited.
    try:
        config = parse_url(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read ({error}); {expected}") from error
    if not {"host", "path"} & config.keys():
        raise ImproperlyConfigured(f"{name} names no server; {expected}")
    redis = "django.core.cache.backends.redis.RedisCache"
    return {"BACKEND": redis, "LOCATION": value, "KEY_PREFIX": "kb", "OPTIONS": timeouts}


def read_mail_server(name: str) -> dict[str, Any]:
    """Return Django's settings of a mail server from its URL; without one, those that send nothing."""
    if not (value := env.str(name, "").strip()):
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    expected = "it must be smtp://user:password@host:25, smtp+tls://user:password@host:587 or smtp+ssl://…@host:465."
    try:
        config = env.email_url_config(value) if value.partition(":")[0] in MAIL_SCHEMES else {}
        has_server = bool(config.get("EMAIL_HOST"))
    except (ValueError, ImproperlyConfigured, KeyError) as error:
        raise ImproperlyConfigured(f"{name} cannot be read ({error}); {expected}") from error
    if not has_server:
        raise ImproperlyConfigured(f"{name} names no server; {expected}")
    return config


def read_mail_sender(name: str, *, required: bool) -> str:
    """Return the address from which messages come."""
    value = env.str(name, "").strip()
    if value or required:
        try:
            validate_email(value)
        except ValidationError as error:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it must be the address that messages come from, such as kb@example.org."
            ) from error
    return value


def read_site_url(name: str, default: str) -> str:
    """Return the address of the site, without a slash at its end."""
    value = env.str(name, "").strip() or default
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be an address such as https://kb.example.org.")
    return f"{parts.scheme}://{parts.netloc}"


def read_secret_key(name: str, path: Path) -> str:
    """Return the key that signs sessions: from the environment, else from a file, which is made if it is missing."""
    if value := env.str(name, ""):
        _require_strong_key(name, value)
        return value
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}-{secrets.token_hex(4)}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):  # Another process was faster: its key is used.
            os.link(temporary, path)
        temporary.unlink()
    return path.read_text().strip()


def read_secret_key_fallbacks(name: str) -> list[str]:
    """Return the keys of before, separated by commas: what they signed or encrypted is still read."""
    keys = [key.strip() for key in env.str(name, "").split(",") if key.strip()]
    for key in keys:
        _require_strong_key(name, key)
    return keys


def _require_strong_key(name: str, key: str) -> None:
    """Raise ImproperlyConfigured for a key that can be guessed."""
    if len(key) < 50 or len(set(key)) < 5:
        raise ImproperlyConfigured(
            f"{name} is too short or too simple; it must be 50 random characters or more, "
            "or left unset so that one is made."
        )
