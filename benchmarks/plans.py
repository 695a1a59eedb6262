"""Prints the query plan of every query with which the knowledge base answers some paths, given as label, tab, path."""

import os
import sys
from urllib.parse import parse_qsl, urlsplit


def explain(cursor, query: str, parameters) -> str:
    """Return the plan of a query in the words of the database."""
    from django.db import connection

    word = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS)"
    cursor.execute(f"{word} {query}", parameters)
    return "\n".join(f"    {row[-1]}" for row in cursor.fetchall())


def print_plans(label: str, path: str) -> None:
    """Print the queries of one answer, each with its plan."""
    from django.db import connection

    from kb.api.internal_client import get_internally

    address, queries = urlsplit(path), []

    def record(execute, query, parameters, many, context):
        if query.lstrip().upper().startswith(("SELECT", "WITH")):
            queries.append((query, parameters))
        return execute(query, parameters, many, context)

    with connection.execute_wrapper(record):
        response = get_internally(address.path, **dict(parse_qsl(address.query)))
    print(f"== {label}: {path} ({response.status_code}, {len(queries)} queries)")
    with connection.cursor() as cursor:
        for query, parameters in queries:
            print(f"  {query}\n{explain(cursor, query, parameters)}")


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
    django.setup()
    for argument in sys.argv[1:]:
        print_plans(*argument.split("\t"))
