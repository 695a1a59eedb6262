"""The contestants: how each is started, where it answers which question, and what it leaves out."""

from dataclasses import dataclass, field

from benchmarks import FOLDER

DRF = "plain DRF"
NINJA = "django-ninja"
FASTAPI = "FastAPI + SQLAlchemy"
DATASETTE = "Datasette, flat rows: does less"
THIS_FIELDS = "this, fields="
THIS = "this, in full"
THIS_304 = "this, 304 without the cache"
THIS_CACHED = "this, cached"
THIS_CACHED_304 = "this, cached, 304"
TRIVIAL = "trivial Django view, these bytes"
BARE = "bare WSGI app, these bytes"
NGINX_STATIC = "nginx, static file"
NGINX_CACHE = "nginx, caching this"

# What all of them show of a side effect. Two durations are left out: each framework writes them in another way.
PLAIN_FIELDS = ["slug", "effect", "frequency", "seriousness", "onset", "duration", "mechanism", "course", "text"]
PLAIN_FIELDS += ["population", "scope", "certainty", "reviewed_on"]
FIELDS = [*PLAIN_FIELDS, "url", "treatment", "symptom", "for_cancer", "citations", "updated_at"]
PRODUCT = "/api/v1/side-effects/"
PRODUCT_BYTES = FOLDER / "answer.json"  # What the knowledge base answers to its list; for those that only send it.
GRANIAN = [
    *("{bin}/granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}"),
    *("--workers", "1", "--blocking-threads", "1"),
]
UVICORN = ["{bin}/uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log", "--log-level", "warning"]
PEER_SETTINGS = {"DJANGO_SETTINGS_MODULE": "benchmarks.contestants.django_settings"}


@dataclass(frozen=True)
class Server:
    """A process that serves: its command and environment, in which {port} and the like are filled in."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    behind: str = ""  # The server in front of which it stands.
    program: str = ""  # The program that must be on the machine.
    engines: tuple[str, ...] = ("SQLite", "PostgreSQL")


@dataclass(frozen=True)
class Contestant:
    """A row of the table: a server asked one question, by the path of its answer."""

    name: str
    server: str
    path: str
    compared: tuple[str, ...] = ()  # The fields of each row that must be those of the knowledge base.
    same_bytes: bool = False  # Whether it must send the bytes of the knowledge base.
    not_modified: bool = False  # Whether it is asked with the ETag of its last answer, and must say 304.


DATASETTE_COMMAND = ["{bin}/datasette", "serve", "{file}"]
DJANGO_PEERS = [*GRANIAN, "benchmarks.contestants.django_wsgi:application"]
SERVERS = [
    Server("uncached", [*GRANIAN, "kb.wsgi:application"], {"RESPONSE_CACHE_MB": "0"}),
    Server("cached", [*GRANIAN, "kb.wsgi:application"]),
    Server("drf", DJANGO_PEERS, PEER_SETTINGS),
    Server("ninja", DJANGO_PEERS, PEER_SETTINGS),
    Server("trivial", DJANGO_PEERS, PEER_SETTINGS),
    Server("bare", [*GRANIAN, "benchmarks.contestants.bare_wsgi:application"]),
    Server("fastapi", [*UVICORN, "benchmarks.contestants.fastapi_app:app"]),
    Server("datasette", [*DATASETTE_COMMAND, "-h", "127.0.0.1", "-p", "{port}"], engines=("SQLite",)),
    Server("nginx", ["nginx", "-e", "stderr", "-p", "{folder}", "-c", "nginx.conf"], behind="cached", program="nginx"),
]


def list_contestants(question: str, names: dict[str, str], has_cache: bool) -> list[Contestant]:
    """Return the rows of the table for one question, the first of them the base of all ratios.

    `names` are the slugs that the question names; `has_cache` is whether this version keeps whole answers.
    """
    path = {
        "list": "",
        "treatment": f"?treatment={names['treatment']}",
        "symptom": f"?symptom={names['symptom']}",
        "detail": f"{names['statement']}/",
    }[question]
    fields = f"{path}{'&' if '?' in path else '?'}fields={','.join(FIELDS)}"
    ninja = f"/ninja/side-effects{'/' + path.rstrip('/') if question == 'detail' else path}"
    rows = [
        Contestant(DRF, "drf", PRODUCT + path, tuple(FIELDS)),
        Contestant(NINJA, "ninja", ninja, tuple(FIELDS)),
        Contestant(FASTAPI, "fastapi", PRODUCT + path, tuple(FIELDS)),
        Contestant(THIS_FIELDS, "uncached", PRODUCT + fields, tuple(FIELDS)),
        Contestant(THIS, "uncached", PRODUCT + path, tuple(FIELDS)),
    ]
    if question == "list":
        columns = "".join(f"&_col={name}" for name in PLAIN_FIELDS)
        flat = f"/{{database}}/symptoms_sideeffect.json?_shape=array&_size=50&_sort=slug&status=published{columns}"
        rows += [
            Contestant(DATASETTE, "datasette", flat, tuple(PLAIN_FIELDS)),
            Contestant(THIS_304, "uncached", PRODUCT, not_modified=True),
        ]
        if has_cache:
            rows += [
                Contestant(THIS_CACHED, "cached", PRODUCT, same_bytes=True),
                Contestant(THIS_CACHED_304, "cached", PRODUCT, not_modified=True),
            ]
        rows += [
            Contestant(TRIVIAL, "trivial", "/bytes/", same_bytes=True),
            Contestant(BARE, "bare", "/", same_bytes=True),
            Contestant(NGINX_STATIC, "nginx", "/answer.json", same_bytes=True),
            Contestant(NGINX_CACHE, "nginx", PRODUCT, same_bytes=True),
        ]
    return rows
