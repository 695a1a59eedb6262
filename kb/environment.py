"""What the environment may set: each value is checked here, and a wrong one is told what would be right."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from redis.connection import parse_url

env = environ.Env()
TRUE_VALUES = {"1", "true", "yes", "on"}
FALSE_VALUES = {"0", "false", "no", "off", ""}


def read_boolean(name: str, default: bool = False) -> bool:
    """An on/off setting; what is set to nothing is off."""
    value = env.str(name, "on" if default else "off").strip().lower()
    if value not in TRUE_VALUES | FALSE_VALUES:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be on or off (1/0, true/false, yes/no).")
    return value in TRUE_VALUES


def read_whole_number(name: str, default: int, least: int, most: int) -> int:
    """A whole number between two bounds, both allowed."""
    value = env.str(name, str(default)).strip()
    if not (value.isascii() and value.isdecimal()) or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number from {least} to {most}.")
    return int(value)


def read_port(name: str, default: int) -> int:
    """A TCP port."""
    return read_whole_number(name, default, 1, 65535)


def read_hosts(name: str, default: list[str]) -> list[str]:
    """Host names, separated by commas."""
    value = [host.strip() for host in env.str(name, ",".join(default)).split(",") if host.strip()]
    wrong = [host for host in value if "/" in host or " " in host]
    if wrong or not value:
        raise ImproperlyConfigured(
            f"{name} holds {', '.join(wrong) or 'nothing'}; it must be host names separated by commas, "
            "such as kb.example.org,localhost (no scheme, no path)."
        )
    return value


def read_database(name: str, default: str) -> dict:
    """A database URL: SQLite or PostgreSQL."""
    right = "it must be sqlite:///path/to/file.sqlite3 or postgres://user:password@host:5432/name."
    value = env.str(name, default)
    scheme = value.partition(":")[0]
    if scheme not in {"sqlite", "postgres", "postgresql"} or "://" not in value:
        raise ImproperlyConfigured(f"{name} begins with {scheme!r}; {right}")
    try:
        found = env.db_url_config(value)
    except Exception as error:
        raise ImproperlyConfigured(f"{name} cannot be read ({error}); {right}") from error
    if not found.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database; {right}")
    return found


def read_counter_cache(name: str) -> dict:
    """Where requests are counted: on a Redis, for all processes together, or in the memory of each by itself."""
    if not (value := env.str(name, "").strip()):
        local = "django.core.cache.backends.locmem.LocMemCache"
        return {"BACKEND": local, "LOCATION": "counts", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    right = "it must be redis://host:6379/0, rediss://user:password@host:6379/0 or unix:///path/to/socket."
    waits = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}  # Seconds: without it, everything is answered.
    try:
        found = parse_url(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read ({error}); {right}") from error
    if not {"host", "path"} & found.keys():
        raise ImproperlyConfigured(f"{name} names no server; {right}")
    redis = "django.core.cache.backends.redis.RedisCache"
    return {"BACKEND": redis, "LOCATION": value, "KEY_PREFIX": "kb", "OPTIONS": waits}


def read_secret_key(name: str, kept_in: Path) -> str:
    """The key that signs sessions: from the environment, else made once and kept in a file."""
    if value := env.str(name, ""):
        if len(value) < 50 or len(set(value)) < 5:
            raise ImproperlyConfigured(
                f"{name} is too short or too simple; it must be 50 random characters or more, "
                "or left unset so that one is made."
            )
        return value
    if not kept_in.exists():
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept_in.with_name(f"{kept_in.name}-{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):  # Another process was first: its key stands.
            os.link(fresh, kept_in)
        fresh.unlink()
    return kept_in.read_text().strip()
