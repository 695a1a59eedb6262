"""The view of the one question that people ask: what could bring a symptom on, what must not be missed, what helps."""

from copy import copy
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from rest_framework.request import Request

from kb.renderers.json import JSONRenderer
from symptoms import serializers
from symptoms.choices import MOST_URGENT_FIRST
from symptoms.views.options import ManagementOptionViewSet
from symptoms.views.questions import ExplainView

MAX_OPTIONS = 200  # The largest page of their list.


class AskView(ExplainView):
    """What could bring a symptom on, and what helps with it.

    What `/explain/` and `/management-options/` say, in one answer, the red flags of both with the most urgent first.
    `shape=brief` gives the sentences alone.
    """

    name = "ask"
    serializer_class = serializers.AskSerializer
    describes_brief_form = True
    example = {"symptom": "joint-pain", "taking": ["Femara"], "shape": "brief"}

    def get_answer(self, symptom, taking, having):
        explained = super().get_answer(symptom, taking, having)
        options = self.create_options_view(symptom, taking, having)
        found = options.list(options.request).data
        flags = dict.fromkeys([*explained["red_flags"], *options.page_red_flags])
        by_urgency = sorted(flags, key=lambda flag: MOST_URGENT_FIRST.index(flag.urgency))
        return explained | {"having": having, "red_flags": by_urgency, "options": found}

    def create_options_view(self, symptom, taking, having):
        """Return the view of the list of management options for this case, with its request."""
        entries = {"symptom": [symptom], "taking": taking, "having": having}
        params = {name: [entry.slug for entry in named] for name, named in entries.items()}
        query = urlencode(params | {"page_size": MAX_OPTIONS}, doseq=True)
        request = copy(self.request._request)
        request.GET, request.META = QueryDict(query), request.META | {"QUERY_STRING": query}
        request.path = request.path_info = reverse("managementoption-list")
        view = ManagementOptionViewSet(action="list", format_kwarg=None, args=(), kwargs={})
        view.request = Request(request)
        view.request.accepted_renderer = JSONRenderer()
        return view
