"""What the knowledge base says of itself."""

import hashlib
from functools import lru_cache

from django.apps import apps
from django.conf import settings
from django.core.serializers import serialize
from django.db.models import Count, Max
from rest_framework.reverse import reverse

from kb.codes import RESOLVER, SYSTEMS
from kb.models import Entry, Record, Statement
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


def record_models():
    """Every kind of record: sources, then entries, then statements."""
    models = [model for model in apps.get_models() if issubclass(model, Record)]
    return sorted(models, key=lambda model: (issubclass(model, Statement), issubclass(model, Entry)))


def data_version():
    """The version of the published data: the date of its newest change, and a digest that any difference changes."""
    state = [model.objects.public().aggregate(Count("pk"), Max("updated_at")) for model in record_models()]
    return digest(tuple(tuple(found.values()) for found in state))


@lru_cache(maxsize=4)
def digest(state):
    """The digest of all published records, as the fixtures would write them; kept until a count or a date changes."""
    content = hashlib.sha256()
    for model in record_models():
        records = model.objects.public().with_related().order_by("pk")
        texts = sorted(
            serialize("json", [record], use_natural_foreign_keys=True, use_natural_primary_keys=True)
            for record in records
        )
        content.update("".join(texts).encode())
    newest = max((moment for count, moment in state if moment), default=None)
    return f"{newest:%Y.%m.%d}-{content.hexdigest()[:10]}" if newest else "empty"


def contents(request):
    """Everything that the API root and the front page tell."""
    version = data_version()
    reviewed = sum(model.objects.public().exclude(reviewed_on=None).count() for model in record_models())
    resources = [
        {
            "name": resource(model),
            "description": model.__doc__,
            "count": model.objects.public().count(),
            "url": reverse(f"{model._meta.model_name}-list", request=request),
            "group": next(base.__name__ for base in (Statement, Entry, Record) if issubclass(model, base)),
        }
        for model in record_models()
    ]
    return {
        "name": NAME,
        "about": ABOUT,
        "disclaimer": DISCLAIMER,
        "review": f"{reviewed or 'None'} of these records {'has' if reviewed == 1 else 'have'} been reviewed by a "
        "clinician. They were read out of the documents and checked against them.",
        "version": settings.VERSION,
        "data_version": version,
        "licence": LICENCE,
        "how_to_cite": f"{NAME}, data version {version}.",
        "code_systems": [{"prefix": p, "name": s.name, "licence": s.licence} for p, s in SYSTEMS.items()],
        "code_resolver": RESOLVER,
        "docs": reverse("docs", request=request),
        "schema": reverse("schema", request=request),
        "resources": resources,
    }
