"""Statements from marked lines: the page that proposes, and the forms that open from it and lead back to it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse

from kb.admin.documents import require_editor
from kb.admin.line_choice import LineChoice, format_entry, has_field
from kb.editorial.marked_lines import group_lines, mark_lines, parse_ranges, read_marked_lines
from kb.models import Entry, Source, Statement


class MarkedLinesMixin:
    """Adds to the admin of sources the page on which a statement is made from marked lines."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.marked_lines_view)
        return [path("<int:pk>/lines/", view, name="kb_source_lines"), *super().get_urls()]

    def marked_lines_view(self, request, pk):
        """Show what marked lines may say; once a kind, or a new entry, is chosen, lead to its form."""
        require_editor(request)
        source = Source.objects.filter(pk=pk).first()
        if source is None:
            raise Http404("There is no such source.")
        try:
            choice = LineChoice(read_request(request.GET, source), request.GET)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(reverse("admin:kb_source_text", args=[source.pk]))
        if address := choice.build_form_address(request):
            return HttpResponseRedirect(address)
        context = self.admin_site.each_context(request) | {
            "title": "Statement from these lines",
            "opts": self.opts,
            "source": source,
            "choice": choice,
            "marked": choice.marked,
        }
        return TemplateResponse(request, "admin/kb/marked_lines.html", context)


def read_request(query, source):
    """Return the lines of a source that a query marks, one by one or as ranges; raise ValidationError if none."""
    ranges = parse_ranges(query.get("lines", ""))
    numbers = {number for first, last in ranges for number in range(first, last + 1)}
    numbers |= {number for line in query.getlist("line") for number, _ in parse_ranges(line)}
    return mark_lines(source, group_lines(numbers))


class AddFromLinesMixin:
    """Lets the form of a new record open from marked lines, and leads back to them once it is saved.

    The address of the form carries the lines and what was chosen. Nothing is stored before the record is saved.
    """

    def get_form(self, request, obj=None, **kwargs):
        form_class = super().get_form(request, obj, **kwargs)
        marked = None if obj else get_marked_lines(request)
        form_class.passages = marked.passages if marked and issubclass(self.model, Statement) else ()
        return form_class

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Show the form of a record; lead to the list of sources where its address marks lines that are not there.

        If they are gone when it is submitted, it is shown again as it was, with the reason.
        """
        if not object_id:
            request.marked_lines = None
            try:
                if "lines" in request.GET:
                    request.marked_lines = read_marked_lines(request.GET["lines"])
            except ValidationError as error:
                if request.method != "POST":
                    messages.error(request, " ".join(error.messages))
                    return HttpResponseRedirect(reverse("admin:kb_source_changelist"))
                request.edit_refusal = error
            extra_context = (extra_context or {}) | {"marked": request.marked_lines, "from_lines": self.takes_next()}
        return super().changeform_view(request, object_id, form_url, extra_context)

    def takes_next(self):
        """Return whether a further record of the same lines can follow: a statement, but not an entry."""
        return issubclass(self.model, Statement)

    def response_after_save(self, request, obj):
        """Lead back to the lines: with a new entry chosen; to the document; or to the form of the next statement."""
        response = super().response_after_save(request, obj)
        marked = get_marked_lines(request)
        if marked is None or request.edit_outcome.preview:
            return response
        source = marked.source
        if issubclass(self.model, Entry):
            query = QueryDict(request.GET.get("choice", ""), mutable=True)
            query["lines"] = str(marked).partition(":")[2]
            query.appendlist("entry", format_entry(obj))
            return HttpResponseRedirect(f"{reverse('admin:kb_source_lines', args=[source.pk])}?{query.urlencode()}")
        if "_next" in request.POST:
            return HttpResponseRedirect(f"{request.path}?{build_next_query(request, obj)}")
        return HttpResponseRedirect(f"{reverse('admin:kb_source_text', args=[source.pk])}#line-{marked.first_line}")


def build_next_query(request, statement):
    """Return the query of the form of the next statement from the same lines: with the reason and the entries kept.

    Of several entries that were chosen for one field the next takes the place of the last; then the words that were
    chosen for all of them are kept too.
    """
    query, further = QueryDict(mutable=True), request.GET.getlist("then")
    if further:
        query.update({k: v for k, v in request.GET.items() if has_field(type(statement), k)})
    for field in statement.entry_fields():
        if field.many_to_many:
            keys = [str(entry.pk) for entry in getattr(statement, field.name).all()]
        else:
            keys = [str(key) for key in [getattr(statement, field.attname)] if key]
        query[field.name] = ",".join(keys)
    name, _, key = further[0].partition(":") if further else ("", "", "")
    if name:
        query[name] = key
    query["lines"], query["why"] = request.GET["lines"], request.POST.get("why", "")
    query.setlist("then", further[1:])
    return query.urlencode()


def get_marked_lines(request):
    """Return the lines that the address of a form marks; None if none."""
    return getattr(request, "marked_lines", None)
