"""Links to the records that a message names: each “name” in it that is one of a record leads to the record's form."""

import re
from collections import defaultdict

from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast
from django.forms.utils import ErrorList
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import mark_safe

from kb.models import Entry, Statement, record_models

QUOTED = re.compile("“([^“”]+)”")
MAX_QUOTED = 400  # Names in some messages that are looked up; the others stand there without a link.


class NamedRecords:
    """The records that some messages name in quotation marks, found in one query."""

    def __init__(self, messages):
        quoted = dict.fromkeys(name for message in messages for name in QUOTED.findall(str(message)))
        names = [name for name in quoted if name.isprintable()]  # A database refuses a NUL character.
        self.urls = find_form_urls(names[:MAX_QUOTED]) if names else {}

    def link(self, message):
        """Return a message as HTML, with a link from each name of a record to its form."""
        parts = QUOTED.split(str(message))  # Every second part is a name.
        return mark_safe(  # noqa: S308 - every part is escaped
            "".join(self.link_name(part) if index % 2 else conditional_escape(part) for index, part in enumerate(parts))
        )

    def link_name(self, name):
        url = self.urls.get(name)
        return format_html('“<a href="{}">{}</a>”', url, name) if url else format_html("“{}”", name)


def find_form_urls(names):
    """Return the address of the form of the record with each name, text, title or slug; of several, of their search."""
    first, *others = [select_named(model, names) for model in record_models()]
    forms = defaultdict(set)
    for app_label, model_name, key, slug, shown in first.union(*others, all=True):
        form = reverse(f"admin:{app_label}_{model_name}_change", args=[key])
        for name in {slug, shown}.intersection(names):
            forms[name].add(form)
    return {
        name: urls.pop() if len(urls) == 1 else f"{reverse('admin:find')}?{urlencode({'q': name})}"
        for name, urls in forms.items()
    }


def select_named(model, names):
    """Return a query for the records of a model with one of these names: its labels, primary key, slug and name."""
    shown = "text" if issubclass(model, Statement) else "name" if issubclass(model, Entry) else "title"
    labels = [Value(model._meta.app_label, TextField()), Value(model._meta.model_name, TextField())]
    records = model.objects.filter(Q(slug__in=names) | Q(**{f"{shown}__in": names})).order_by()
    return records.annotate(
        record_app=labels[0], record_kind=labels[1], record_name=Cast(F(shown), TextField())
    ).values_list("record_app", "record_kind", "pk", "slug", "record_name")


def link_named_records(message):
    """Return a message as HTML, with a link from each name of a record in it to its form."""
    return NamedRecords([message]).link(message)


class LinkedErrorList(ErrorList):
    """The errors of a field or form, with links to the records that they name."""

    def get_context(self):
        messages = list(self)
        named = NamedRecords(messages)
        return {"errors": [named.link(message) for message in messages], "error_class": self.error_class}
