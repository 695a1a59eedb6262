"""A response of a WSGI application as a value, and in a content coding."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias
from wsgiref.headers import Headers

from kb.api.content_encoding import IDENTITY, compress

Environ: TypeAlias = dict[str, Any]
HeaderList: TypeAlias = list[tuple[str, str]]
StartResponse: TypeAlias = Callable[..., Any]
WSGIApplication: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True)
class Response:
    """A response of a WSGI application, whole or as it comes."""

    status: str
    headers: HeaderList
    body: Iterable[bytes]

    @property
    def length(self) -> int:
        """The bytes of the body, as the headers tell them; 0 if they do not."""
        return int(Headers(self.headers)["Content-Length"] or 0)

    def get_list(self, name: str) -> set[str]:
        """Return the members of a header that is a list, in lower case."""
        return {part.strip().lower() for part in (Headers(self.headers)[name] or "").split(",") if part.strip()}

    def encode(self, encoding: str) -> "Response":
        """Return the response in a content coding, which has an ETag of its own; caches are told that it varies."""
        headers = Headers([*self.headers])
        headers["Vary"] = ", ".join(filter(None, [headers["Vary"], "Accept-Encoding"]))
        if encoding == IDENTITY or headers["Content-Encoding"]:
            return Response(self.status, headers.items(), self.body)
        if etag := headers["ETag"]:
            headers["ETag"] = f'{etag.removesuffix(chr(34))}-{encoding}"'
        if not headers["Content-Type"]:  # There is no body.
            return Response(self.status, headers.items(), self.body)
        del headers["Content-Length"]
        headers["Content-Encoding"] = encoding
        return Response(self.status, headers.items(), CloseableBody(compress(self.body, encoding), self.body))

    def join(self) -> "Response":
        """Return the response with its body in one piece, and the length of that."""
        try:
            body = b"".join(self.body)
        finally:
            close_body(self.body)
        headers = Headers([*self.headers])
        headers["Content-Length"] = str(len(body))
        return Response(self.status, headers.items(), [body])


class CloseableBody:
    """The body of a response that is made of another, which is closed with it."""

    def __init__(self, chunks: Iterable[bytes], source: Iterable[bytes]) -> None:
        self.chunks, self.source = chunks, source

    def __iter__(self) -> Any:
        return iter(self.chunks)

    def close(self) -> None:
        close_body(self.source)


def close_body(body: Iterable[bytes]) -> None:
    """Tell the application that made it that a body is sent."""
    if close := getattr(body, "close", None):
        close()


def call_application(application: WSGIApplication, environ: Environ) -> Response:
    """Return the response of a WSGI application."""
    started: list[tuple[str, HeaderList]] = []
    body = application(environ, lambda status, headers, exc_info=None: started.append((status, headers)))
    return Response(*started[-1], body)
