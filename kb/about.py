"""What the knowledge base says of itself."""

import hashlib
import json

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max
from rest_framework.reverse import reverse

from kb.codes import RESOLVER, SYSTEMS
from kb.models import Entry, Passage, Record, Statement
from kb.serializers import resource

NAME = "Bone and joint pain in cancer: a knowledge base"
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


def fingerprint():
    """The version of the published data, and how many records of each kind there are.

    The version is the date of the newest change and a digest of every column, link and cited place, in words that are
    the same on every machine: any difference changes it. What is derived from other columns says nothing of its own.
    """
    digest, counts, newest = hashlib.sha256(), {}, None
    for model in record_models():
        public, fields = (
            model.objects.public().order_by(),
            [f for f in model._meta.fields if f.name not in {*model.derived, *model.internal}],
        )
        columns = [f"{f.name}__slug" if f.is_relation else f.name for f in fields if not f.primary_key]
        tables = [public.values_list(*columns)]
        for link in model._meta.many_to_many:
            place = ["slug"] if link.related_model is not Passage else PLACE
            tables.append(public.values_list("slug", *(f"{link.name}__{column}" for column in place)))
        for table in tables:
            rows = sorted(json.dumps(row, cls=DjangoJSONEncoder) for row in table)
            digest.update("\n".join([model._meta.label, *rows]).encode())
        counts[model] = tables[0].count()
        changed = public.aggregate(newest=Max("updated_at"))["newest"]
        newest = max(filter(None, [newest, changed]), default=None)
    return (f"{newest:%Y.%m.%d}-{digest.hexdigest()[:10]}" if newest else "empty"), counts


def data_version():
    """The version of the published data."""
    return fingerprint()[0]


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
    version, counts = fingerprint()
    resources = [
        {
            "name": resource(model),
            "description": model.__doc__,
            "count": counts[model],
            "url": reverse(f"{model._meta.model_name}-list", request=request),
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
        "data_version": version,
        "licence": LICENCE,
        "how_to_cite": f"{NAME}, data version {version}.",
        "code_systems": [{"prefix": p, "name": s.name, "licence": s.licence} for p, s in SYSTEMS.items()],
        "code_resolver": RESOLVER,
        "docs": reverse("docs", request=request),
        "schema": reverse("schema", request=request),
        "suggestions": reverse("suggestion-list", request=request),
        "resources": resources,
    }
