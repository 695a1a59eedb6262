"""The mixin of views whose answers can be asked for in part: the fields of a selection, or the brief form."""

from functools import cached_property

from rest_framework.renderers import JSONRenderer

from kb.api.exceptions import InvalidParameters
from kb.filters import SHAPE_PARAM, SPARSE_FIELD_PARAMS, Shape, build_param_errors
from kb.search.slug_lookup import build_unknown_value_errors
from kb.serializers import build_brief
from kb.views.mixins import AnswerContextMixin


class ShapedAnswerMixin(AnswerContextMixin):
    """A view whose answer has all fields or those of a selection, or is given in brief.

    A subclass returns from `get_selectable_names` the fields among which `fields` and `omit` select.
    """

    has_brief_form = True  # Whether its answers are made of statements.
    describes_brief_form = False  # Whether OpenAPI describes the brief form with its answer: one does, for all.

    @property
    def shape_parameters(self):
        """The names of the parameters that this mixin reads."""
        return {*SPARSE_FIELD_PARAMS, *([SHAPE_PARAM] if self.has_brief_form else [])}

    @property
    def requested_renderer(self):
        """The renderer of the response; None while the API is being described."""
        return getattr(self.request, "accepted_renderer", None)

    @cached_property
    def is_brief(self):
        """Whether the brief form is asked for; raise InvalidParameters where there is none."""
        shape = self.request.query_params.get(SHAPE_PARAM) if self.has_brief_form else None
        if shape is None:
            return False
        if unknown := [shape] if shape not in Shape.values else []:
            errors = build_unknown_value_errors(Shape.values, unknown, "“{:.40}” is no shape of an answer")
            raise InvalidParameters(build_param_errors(SHAPE_PARAM, errors))
        is_json = isinstance(self.requested_renderer, JSONRenderer)
        if shape == Shape.BRIEF and not is_json:
            raise self.build_refusal([SHAPE_PARAM], "only JSON has a brief form.")
        if shape == Shape.BRIEF and (names := [name for name in SPARSE_FIELD_PARAMS if name in self.request.GET]):
            raise self.build_refusal(names, "the brief form has fields of its own: leave out this or “shape”.")
        return shape == Shape.BRIEF

    @cached_property
    def selected_fields(self):
        """The names of the fields that `fields` and `omit` select; None for all of them."""
        all_names = self.get_selectable_names()
        if getattr(self.requested_renderer, "needs_all_fields", False):
            names = [name for name in SPARSE_FIELD_PARAMS if name in self.request.query_params]
            if names:
                raise self.build_refusal(names, "records are shown whole here; JSON can show less.")
        params = {name: self.parse_field_names(name, all_names) for name in SPARSE_FIELD_PARAMS}
        if not any(params.values()):
            return None
        selected = [name for name in params["fields"] or all_names if name not in params["omit"]]
        if not selected:
            message = "Nothing is left: “omit” names every field that “fields” asks for."
            raise InvalidParameters([{"parameter": "omit", "detail": message, "nearest": None}])
        return selected

    def get_selectable_names(self):
        """Return the names of the fields that can be selected, in their order."""
        raise NotImplementedError

    def build_refusal(self, names, reason):
        """Return the exception that refuses these parameters, all for one reason."""
        return InvalidParameters(
            [{"parameter": name, "detail": f"{name}: {reason}", "nearest": None} for name in names]
        )

    def parse_field_names(self, parameter, all_names):
        """Return the field names in a parameter, each once; raise InvalidParameters for unknown ones."""
        values = self.request.query_params.getlist(parameter)
        names = list(dict.fromkeys(name.strip() for value in values for name in value.split(",")))
        if unknown := [name for name in names if name not in all_names]:
            raise InvalidParameters(
                build_param_errors(
                    parameter, build_unknown_value_errors(all_names, unknown, "There is no field “{:.40}” here")
                )
            )
        return names

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            self.is_brief  # noqa: B018 - What is wrong with the shape is refused before anything is computed.

    def finalize_response(self, request, response, *args, **kwargs):
        """Return the response; the data of an answer in brief where that is asked for."""
        if response.status_code == 200 and request.method in ("GET", "HEAD") and self.is_brief:
            response.data = build_brief(response.data, self.build_full_url())
        return super().finalize_response(request, response, *args, **kwargs)

    def build_full_url(self):
        """Return the address of the full answer."""
        params = self.request.query_params.copy()
        params.pop(SHAPE_PARAM, None)
        query = f"?{params.urlencode()}" if params else ""
        return self.request.build_absolute_uri(f"{self.request.path}{query}")
