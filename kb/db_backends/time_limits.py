"""How long a query and a lock are waited for: in requests as the settings say, in commands as long as it takes."""

COMMAND_LOCK_SECONDS = 60  # On SQLite, whose writers wait for one another.
_lifted = False


def lift_time_limits() -> None:
    """Let the queries of this process take as long as they do: for commands, such as migrations and releases."""
    global _lifted
    _lifted = True


def are_time_limits_lifted() -> bool:
    return _lifted
