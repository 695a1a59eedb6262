"""The views of suggestions: send a correction with a token, and see what has become of it."""

from django.conf import settings
from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework import status
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from kb.api.authentication import DailySuggestionThrottle, HasTokenScope, user_lock
from kb.api.throttling import ReadThrottle
from kb.choices import SuggestionState, TokenScope
from kb.filters import SuggestionsForm, reject_unknown_params
from kb.models import Suggestion
from kb.openapi.suggestions import SuggestionSchema
from kb.serializers import StrictJSONParser, SuggestionInputSerializer, SuggestionSerializer, SuggestionsSerializer


class SuggestionViewSet(GenericViewSet):
    """The suggestions of the user of the token: to send one, and to see what has become of them."""

    schema = SuggestionSchema()
    queryset = Suggestion.objects.all()
    filter_backends = ()
    form_class = SuggestionsForm
    permission_classes = (HasTokenScope,)
    parser_classes = (StrictJSONParser,)
    scope = TokenScope.SUGGEST
    lookup_value_converter = "uuid"
    example = {}

    def get_queryset(self):
        return Suggestion.objects.filter(sender=self.request.user)

    def get_serializer_class(self):
        serializers = {"list": SuggestionsSerializer, "create": SuggestionInputSerializer}
        return serializers.get(self.action, SuggestionSerializer)

    def get_throttles(self):
        return [DailySuggestionThrottle()] if self.action == "create" else super().get_throttles()

    def throttled(self, request, wait):
        raise Throttled(wait, f"One person may send {settings.SUGGESTIONS_PER_DAY} suggestions a day.")

    def handle_exception(self, exc):
        """Count what is refused as a read: it does not use up the day, nor can it be sent without end."""
        request, limit = self.request._request, getattr(self.request._request, "rate_limit", None)
        if limit and limit.name == DailySuggestionThrottle.scope and not isinstance(exc, Throttled):
            request.rate_limit = None
            try:
                ReadThrottle().allow_request(self.request, self)
            except Throttled as error:
                exc = error
        return super().handle_exception(exc)

    def finalize_response(self, *args, **kwargs):
        response = super().finalize_response(*args, **kwargs)
        patch_cache_control(response, no_store=True)
        patch_vary_headers(response, ["Authorization"])
        return response

    def list(self, request):
        """What whoever holds the token has sent, with all their tokens, and what has become of it."""
        paginator = self.paginator
        states = self.form_class.validate_request(request, paginator.parameters).cleaned_data["state"]
        suggestions = self.get_queryset().select_related("event")
        suggestions = suggestions.filter(state__in=states) if states else suggestions
        page = Suggestion.load_records(self.paginate_queryset(suggestions))
        return Response(self.get_serializer(paginator.page_links() | {"results": page}).data)

    def create(self, request):
        """Say what is wrong with a record: it lands in the work list of the editors, never in the data.

        Name the record by its kind and slug, as they stand in its address. What is not public cannot be named. The same
        sent again by the same person, while it is open, is not kept twice: that answers 200 with the one there is.
        """
        reject_unknown_params(request, ())
        sent = self.get_serializer()
        values = sent.validate_body(request.data)
        with user_lock(request.user):
            DailySuggestionThrottle().count_suggestion(request, self)
            duplicate = self.get_queryset().filter(state=SuggestionState.OPEN, **values).first()
            suggestion = duplicate or Suggestion.objects.create(sender=request.user, app=request.auth.name, **values)
        context = self.get_serializer_context() | {"notes": sent.notes}
        data = SuggestionSerializer(suggestion, context=context).data
        code = status.HTTP_200_OK if duplicate else status.HTTP_201_CREATED
        return Response(data, code, headers={"Location": data["url"]})

    def retrieve(self, request, pk):
        """What has become of it: open, taken up by an editor, published, or declined with an answer.

        Others' are not there.
        """
        reject_unknown_params(request, ())
        suggestion = self.get_queryset().filter(pk=pk).first()
        if suggestion is None:
            raise NotFound("You have sent no suggestion of this identifier.")
        return Response(self.get_serializer(suggestion).data)
