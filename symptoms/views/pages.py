"""The front page under /explore/: one form, answered with what explains a symptom and what helps with it."""

from copy import copy
from urllib.parse import urlencode

from django.http import QueryDict

from kb.serializers import serialize_readings
from kb.views import QueryView
from kb.views.html import FormQueryPage, HtmlPageRenderer, as_html_view
from symptoms import filters
from symptoms.choices import MOST_URGENT_FIRST
from symptoms.views.options import ManagementOptionViewSet
from symptoms.views.questions import ExplainView

# The pages of two views of the API, whose answers the front page shows together.
explain_page = as_html_view(ExplainView.as_view())
management_options_page = as_html_view(ManagementOptionViewSet.as_view({"get": "list"}))


class AskView(FormQueryPage, QueryView):
    """What could bring a symptom on, and what helps with it: two answers of the API on one page."""

    form_class = filters.ExplainForm
    renderer_classes = (HtmlPageRenderer,)
    schema = None

    def get_answer(self, symptom, taking, having):
        params = {"symptom": symptom.slug, "taking": [treatment.slug for treatment in taking]}
        params["having"] = [condition.slug for condition in having]
        explained, explain_url = self.call_view(explain_page, "explain", **params)
        params["page_size"] = 200
        options, options_url = self.call_view(management_options_page, "management-options", **params)
        flags = {}
        for flag in [*explained.get("red_flags", ()), *options.get("red_flags", ())]:
            flags.setdefault(flag["slug"], flag)  # The first answer has them whole, the second in short.
        return {
            **serialize_readings(self.get_serializer_context()),
            "symptom": symptom,
            "taking": taking,
            "having": having,
            "red_flags": sorted(flags.values(), key=lambda flag: MOST_URGENT_FIRST.index(flag["urgency"])),
            "more_red_flags": options.get("more_red_flags"),
            "explained": explained,
            "options": options,
            "calls": [explain_url, options_url],
        }

    def call_view(self, view, name, **params):
        """Return the answer of another page to these parameters, and the URL of the same answer in the API."""
        request = copy(self.request._request)
        request.GET = QueryDict(urlencode(params, doseq=True))
        request.path = f"/explore/{name}/"  # Where the links to other pages of that answer lead.
        return view(request).data, f"/api/v1/{name}/?{request.GET.urlencode()}"

    def serialize_answer(self, answer):
        return answer
