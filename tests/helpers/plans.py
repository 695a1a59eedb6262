"""How the database would run a query, and the indexes that it could use."""

from django.db import connection

from symptoms.models import SideEffect


def explain(sql):
    """Return how the database would run a query, as text."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql.replace('%', '%%')}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def get_index_name(*fields):
    return next(index.name for index in SideEffect._meta.indexes if tuple(index.fields) == fields)
