"""Which errors say that the database failed, and not that a query is wrong."""

import sqlite3

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError

# Of PostgreSQL (SQLSTATE): a table, a column that is missing; the tables are not those of this version of the program.
OTHER_TABLES_STATES = {"42P01", "42703"}
OTHER_TABLES_MESSAGES = ("no such table", "no such column")
DAMAGED_FILE_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def is_database_failure(error: BaseException | None) -> bool:
    """Return whether the database does not answer, is damaged, is full, is locked, or has other tables.

    Then asking again later can help. Also an error that follows from such a one counts.
    """
    while error is not None:
        if isinstance(error, (DatabaseError, InterfaceError)) and _is_failure(error):
            return True
        error = error.__cause__
    return False


def is_damaged_file(error: BaseException) -> bool:
    """Return whether SQLite found something in its file that does not belong there."""
    codes = [getattr(each, "sqlite_errorcode", 0) for each in (error, error.__cause__)]
    return any(code & 0xFF in DAMAGED_FILE_CODES for code in codes)


def _is_failure(error: BaseException) -> bool:
    driver_error = error.__cause__ or error
    code = getattr(driver_error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_ERROR:  # SQLite's word for a wrong query, which Django calls an operational error.
        return str(error).startswith(OTHER_TABLES_MESSAGES)
    if is_damaged_file(driver_error):
        return True
    if getattr(driver_error, "sqlstate", None) in OTHER_TABLES_STATES:
        return True
    return isinstance(error, (OperationalError, InterfaceError, InternalError))
