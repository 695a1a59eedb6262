"""A WSGI application that only sends the bytes of the knowledge base: the limit of the server."""

from benchmarks.contestants import PRODUCT_BYTES

BODY = PRODUCT_BYTES.read_bytes() if PRODUCT_BYTES.exists() else b""
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def application(environ, start_response):
    """Answer every request with the same list."""
    start_response("200 OK", HEADERS)
    return [BODY]
