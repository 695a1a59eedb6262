"""What the knowledge base says of itself."""

import hashlib
import json
from dataclasses import dataclass, replace

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from kb.addresses import address_of
from kb.codes import RESOLVER, SYSTEMS
from kb.models import Entry, Passage, Record, Revision, Statement, resource

NAME = "Bone and joint pain in cancer: a knowledge base"
AUTHORS = "The maintainers of the knowledge base"
ABOUT = (
    "What patient-information documents state about cancer, its treatment, bones and joints: which treatments cause "
    "pain or bone loss, which signs call for action, how causes are found and what helps. "
    "Each statement cites its lines."
)
DISCLAIMER = "This is reference information and not medical advice; it does not replace a clinician."
LICENCE = (
    "The statements are restated facts, each citing its source; the documents stay their publishers'. "
    "A licence for the data has not been chosen yet: ask the maintainers before passing it on. "
    "Codes keep the licences of their systems."
)


PLACE = ["source__slug", "section", "first_line", "last_line"]


def record_models():
    """Every kind of record: sources, then entries, then statements."""
    models = [model for model in apps.get_models() if issubclass(model, Record)]
    return sorted(models, key=lambda model: (issubclass(model, Statement), issubclass(model, Entry)))


@dataclass(frozen=True)
class State:
    """What the published data are at one moment: their version, and how many records of each kind there are."""

    version: str
    counts: dict
    mark: str | None = None  # Of the revision in which it was read.

    @classmethod
    def read(cls):
        """The state that the database is in.

        The version is the date of the newest change and a digest of every column, link and cited place, in words that
        are the same on every machine: any difference changes it. What is derived from other columns says nothing of
        its own.
        """
        digest, counts, newest = hashlib.sha256(), {}, None
        for model in record_models():
            public = model.objects.public().order_by()
            fields = [f for f in model._meta.fields if f.name not in {*model.derived, *model.internal}]
            columns = [f"{f.name}__slug" if f.is_relation else f.name for f in fields if not f.primary_key]
            tables = [list(public.values_list(*columns))]
            for link in model._meta.many_to_many:
                place = ["slug"] if link.related_model is not Passage else PLACE
                tables.append(public.values_list("slug", *(f"{link.name}__{column}" for column in place)))
            for table in tables:
                rows = sorted(json.dumps(row, cls=DjangoJSONEncoder) for row in table)
                digest.update("\n".join([model._meta.label, *rows]).encode())
            counts[model] = len(tables[0])
            dates = [row[columns.index("updated_at")] for row in tables[0]]
            newest = max(filter(None, [newest, *dates]), default=None)
        return cls(f"{newest:%Y.%m.%d}-{digest.hexdigest()[:10]}" if newest else "empty", counts)


KNOWN = {}  # The state of the data by the mark of their revision: only the last one, since marks never come again.


def state():
    """The state of the published data; read anew only when something was written since it was last asked for."""
    while True:
        mark = Revision.objects.mark()
        if found := KNOWN.get(mark):
            return found
        found = replace(State.read(), mark=mark)
        if mark == Revision.objects.mark():  # Else somebody wrote meanwhile, and it may be of neither.
            KNOWN.clear()
            KNOWN.update({mark: found} if mark else {})
            return found


def data_version():
    """The version of the published data."""
    return state().version


def how_to_cite(version, release=None):
    """How to name these data in a publication."""
    return f"{NAME}, {f'release {release}, ' if release else ''}data version {version}."


def review():
    """How much of it a clinician has reviewed, in words."""
    each = [m.objects.public().exclude(reviewed_on=None).order_by().values_list("slug") for m in record_models()]
    reviewed = each[0].union(*each[1:], all=True).count()
    return (
        f"{reviewed or 'None'} of these records {'has' if reviewed == 1 else 'have'} been reviewed by a "
        "clinician. They were read out of the documents and checked against them."
    )


def contents(request):
    """Everything that the API root and the front page tell."""
    now = state()
    resources = [
        {
            "name": resource(model),
            "description": model.__doc__,
            "count": now.counts[model],
            "url": address_of(f"{model._meta.model_name}-list", request=request),
            "group": next(base.__name__ for base in (Statement, Entry, Record) if issubclass(model, base)),
        }
        for model in record_models()
    ]
    return {
        "name": NAME,
        "about": ABOUT,
        "disclaimer": DISCLAIMER,
        "review": review(),
        "version": settings.VERSION,
        "data_version": now.version,
        "licence": LICENCE,
        "how_to_cite": how_to_cite(now.version),
        "code_systems": [
            {"prefix": p, "name": s.name, "licence": s.licence, "url": s.url, "uri": s.uri} for p, s in SYSTEMS.items()
        ],
        "code_resolver": RESOLVER,
        "docs": address_of("docs", request=request),
        "schema": address_of("schema", request=request),
        "releases": address_of("release-list", request=request),
        "suggestions": address_of("suggestion-list", request=request),
        "changes": address_of("changes", request=request),
        "resources": resources,
    }
