"""The question that people come with, answered on one page."""

from copy import copy
from urllib.parse import urlencode

from django.http import QueryDict

from kb.views import QueryView
from kb.views.html import FormQueryPage, HtmlPageRenderer, as_html_view
from symptoms import filters
from symptoms.views.questions import ExplainView
from symptoms.views.records import ManagementOptionViewSet


class AskView(FormQueryPage, QueryView):
    """What could bring a symptom on, and what helps with it: two answers of the API on one page."""

    form_class = filters.AskForm
    renderer_classes = (HtmlPageRenderer,)
    schema = None

    def get_answer(self, symptom, taking):
        asked = {"symptom": symptom.slug, "taking": [treatment.slug for treatment in taking]}
        explained, explain = self.call_view(ExplainView.as_view(), "explain", **asked) if taking else ({}, "")
        options, manage = self.call_view(
            ManagementOptionViewSet.as_view({"get": "list"}), "management-options", **asked, page_size=200
        )
        flags = {flag["slug"]: flag for found in (explained, options) for flag in found.get("red_flags", ())}
        return {
            "symptom": symptom,
            "taking": taking,
            "red_flags": list(flags.values()),
            "explained": explained,
            "options": options,
            "calls": [call for call in (explain, manage) if call],
        }

    def call_view(self, view, name, **params):
        """The answer of another view of the API, and its address."""
        request = copy(self.request._request)
        request.GET = QueryDict(urlencode(params, doseq=True))
        return as_html_view(view)(request).data, f"/api/v1/{name}/?{request.GET.urlencode()}"

    def serialize_answer(self, answer):
        return answer
