"""What the environment may set: each value is checked here, and a wrong one is told what would be right."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off", ""}


def switch(name: str) -> bool:
    """An on/off setting, off unless set."""
    value = env.str(name, "").strip().lower()
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be on or off (1/0, true/false, yes/no).")
    return value in YES


def whole(name: str, default: int, least: int, most: int) -> int:
    """A whole number within bounds."""
    value = env.str(name, str(default)).strip()
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number from {least} to {most}.")
    return int(value)


def port(name: str, default: int) -> int:
    """A TCP port."""
    return whole(name, default, 1, 65535)


def hosts(name: str, default: list[str]) -> list[str]:
    """Host names, separated by commas."""
    value = [host.strip() for host in env.str(name, ",".join(default)).split(",") if host.strip()]
    wrong = [host for host in value if "/" in host or " " in host]
    if wrong or not value:
        raise ImproperlyConfigured(
            f"{name} holds {', '.join(wrong) or 'nothing'}; it must be host names separated by commas, "
            "such as kb.example.org,localhost (no scheme, no path)."
        )
    return value


def database(name: str, default: str) -> dict:
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


def secret_key(name: str, kept_in: Path) -> str:
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
