"""The view of public events: the feed of what was published, changed, retired or removed."""

from kb import filters, serializers
from kb.api.pagination import NumberedPagination
from kb.editorial.public_events import filter_events
from kb.models import Event
from kb.openapi.events import ChangesSchema
from kb.renderers.atom import AtomRenderer
from kb.renderers.json import JSONRenderer
from kb.views.base_query import QueryView


class ChangesView(QueryView):
    """What was published, changed, retired or removed, when and why.

    The newest first, as JSON or as an Atom feed. An event tells what the address of a record answers from then on;
    where only the place of a citation was written anew, each statement that cites it has `changed` in its `citations`.
    Drafts, and who wrote what, are never told.

    Whoever keeps a copy asks again with a `since` of an hour before the last time, and knows by its `id` what was seen
    already: what is written together appears together, a little after its `at`. An `until` keeps the pages still
    while they are read.
    """

    name = "changes"
    form_class = filters.ChangesForm
    serializer_class = serializers.ChangesSerializer
    renderer_classes = [JSONRenderer, AtomRenderer]
    pagination_class = NumberedPagination
    schema = ChangesSchema()
    has_brief_form = False  # Events are no statements.
    example = {"event": ["published"], "kind": ["side-effects"]}

    def get_answer(self, since, until, **choices):
        conditions = {f"{name}__in": values for name, values in choices.items() if values}
        page, page_links = self.paginate_items(filter_events(since, until).filter(**conditions))
        return page_links | {"results": Event.load_replacements(page)}
