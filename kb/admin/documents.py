"""The document of a source in the admin: its text line by line, with what cites each line, for editors only."""

from collections import defaultdict

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import slugify

from kb.admin.form_labels import REASON_HELP_TEXT
from kb.admin.text_cleaning import TextCleaningMixin, show_cleaning
from kb.choices import Status
from kb.editorial.content_rules import is_public
from kb.editorial.document_files import detect_format, read_document
from kb.editorial.editing import EditRequest, concurrency_token, create_draft, save_or_propose
from kb.editorial.headings import is_heading
from kb.editorial.line_triage import LineTriage
from kb.editorial.names_in_lines import load_entries
from kb.editorial.new_editions import propose_edition
from kb.editorial.replaced_texts import find_citing_statements
from kb.editorial.snapshot import serialize_record
from kb.editorial.source_texts import find_editions, keep_text
from kb.editorial.versioning import versioned_transaction
from kb.models import MAX_REASON_LENGTH, Passage, Source
from kb.models.editions import compute_fingerprint, read_text
from kb.permissions import WRITE, is_allowed
from kb.utils.characters import clean_text
from kb.utils.fuzzy import normalize_name
from kb.utils.uploads.limits import MAX_DOCUMENT_BYTES
from kb.utils.urls import build_form_url

MAX_SLUG_LENGTH = 120
FILE_HELP_TEXT = "A file of plain text in UTF-8; or an HTML, PDF or Word file, of which the text is taken."


class TextForm(TextCleaningMixin, forms.Form):
    """A text of a source, pasted or as a file.

    What was pasted, or taken out of a page, a PDF or a Word file, is cleaned of what nobody sees (`text`); `as_read` is
    the same before. A file of plain text stays as it is: whoever has it can compare its fingerprint.
    """

    texts_of_others = ("pasted",)

    file = forms.FileField(required=False, help_text=FILE_HELP_TEXT)
    pasted = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        label="Or the text, pasted",
        help_text="Up to 2.5 MB; a longer one as a file.",
    )

    def clean(self):
        cleaned = super().clean()
        upload, pasted = cleaned.get("file"), cleaned.get("pasted", "")
        if bool(upload) == bool(pasted.strip()):
            raise ValidationError("Choose a file, or paste the text: one of the two.")
        if upload:
            content = upload.read(MAX_DOCUMENT_BYTES + 1)
            text, is_kept = read_document(content), detect_format(content) is None
        else:
            text, is_kept = read_text(pasted.replace("\r\n", "\n").encode()), False
        if is_kept:
            return cleaned | {"text": text, "as_read": text}
        clean, notes = clean_text(text, keeps_lines=True)
        self.text_notes += [f"Text: {note}" for note in notes]
        return cleaned | {"text": clean, "as_read": text}


class NewEditionForm(TextForm):
    """The text of a new edition of a published source."""

    dated = forms.DateField(
        required=False, label="Date", help_text="The date that the new edition carries, as 2026-01-31, if it says one."
    )
    why = forms.CharField(
        max_length=MAX_REASON_LENGTH,
        initial="Its publisher has a new edition.",
        help_text=REASON_HELP_TEXT,
    )


class NewSourceForm(TextForm):
    """A new source, from its text: what cannot be read off the text."""

    title = forms.CharField(max_length=200, help_text="Title, as the document gives it.")
    slug = forms.SlugField(
        max_length=MAX_SLUG_LENGTH,
        required=False,
        label="Short name",
        help_text="For its address, such as bone-leaflet; permanent. Left empty, it is made of the title.",
    )
    publisher = forms.CharField(max_length=120, required=False, help_text="Who stands behind it, if the document says.")
    field_order = ["title", "slug", "publisher", "file", "pasted"]

    def clean(self):
        cleaned = super().clean()
        if same := Source.objects.filter(sha256=compute_fingerprint(cleaned["text"])).first():
            link = format_html('<a href="{}">{}</a>', reverse("admin:kb_source_text", args=[same.pk]), same)
            raise ValidationError(format_html("This text is here already: it is that of {}.", link))
        return cleaned | {"slug": cleaned.get("slug") or slugify(cleaned.get("title", ""))[:MAX_SLUG_LENGTH].strip("-")}


class DocumentAdminMixin:
    """Adds to the admin of sources the page of the document, and a way to add a source from its text."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("from-text/", view(self.add_from_text_view), name="kb_source_from_text"),
            path("<int:pk>/text/", view(self.document_view), name="kb_source_text"),
            *super().get_urls(),
        ]

    def document_view(self, request, pk):
        """Show the text of a source, or a form that takes it in."""
        require_editor(request)
        source = Source.objects.filter(pk=pk).first()
        if source is None:
            raise Http404("There is no such source.")
        edition = find_editions([source.pk]).get(source.pk)
        is_published = is_public(source) and edition is not None
        form = (NewEditionForm if is_published else TextForm)(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            show_cleaning(request, form.text_notes)
            try:
                url = (
                    self.propose_edition(request, source, form) if is_published else self.take_in(request, source, form)
                )
            except (ValidationError, PermissionDenied) as error:
                form.add_error(None, getattr(error, "messages", str(error)))
            else:
                return HttpResponseRedirect(url)
        edition = find_editions([source.pk]).get(source.pk)
        lines = build_lines(source, edition) if edition else []
        context = self.admin_site.each_context(request) | {
            "title": f"Text of {source}",
            "opts": self.opts,
            "source": source,
            "form": form,
            "edition": edition,
            "editions": source.list_editions(),
            "lines": lines,
            "pending": find_pending_statements(source),
            "has_drafts": source.status == Status.DRAFT
            or any(statement.status == Status.DRAFT for line in lines for _, statement in line["statements"]),
            "unread": [line["number"] for line in lines if line["is_unread"]],
        }
        return TemplateResponse(request, "admin/kb/document.html", context)

    def take_in(self, request, source, form):
        """Keep a text, and return the next page; of a draft, which nobody cites yet, it may be another than before."""
        text = form.cleaned_data["as_read" if is_public(source) else "text"]
        with versioned_transaction():
            if not is_public(source):
                content = serialize_record(source) | describe_text(text)
                edit_request = EditRequest(request.user, "Its text was taken in.")
                save_or_propose(source, content, edit_request, concurrency_token(source))
                source.refresh_from_db()
            keep_text(source, text)
        messages.success(request, "The text is kept: signed-in editors see it here, and nobody else.")
        return request.path

    def propose_edition(self, request, source, form):
        """Send a new edition for review, and return its page."""
        data = form.cleaned_data
        edit_request = EditRequest(request.user, data["why"], submit=True)
        change = propose_edition(source, data["text"], data["dated"], edit_request)
        messages.success(request, "Sent for review. Nothing is cited otherwise before somebody else approves it.")
        return build_form_url(change)

    def add_from_text_view(self, request):
        """Add a source as a draft from its text: fingerprint and number of lines are computed."""
        require_editor(request)
        form = NewSourceForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            show_cleaning(request, form.text_notes)
            names = ("title", "slug", "publisher")
            content = {name: form.cleaned_data[name] for name in names} | describe_text(form.cleaned_data["text"])
            try:
                with versioned_transaction():
                    source = create_draft(Source, content, EditRequest(request.user, "A document to be read."))
                    keep_text(source, form.cleaned_data["text"])
            except ValidationError as error:
                for name, errors in getattr(error, "message_dict", {"": error.messages}).items():
                    form.add_error(name if name in form.fields else None, errors)
            else:
                messages.success(request, f"“{source}” is a draft now, with {source.lines} lines.")
                return HttpResponseRedirect(reverse("admin:kb_source_text", args=[source.pk]))
        context = self.admin_site.each_context(request) | {"title": "Add a source from its text", "opts": self.opts}
        return TemplateResponse(request, "admin/kb/source_from_text.html", context | {"form": form})


def require_editor(request):
    """Raise PermissionDenied unless the user may write: texts belong to publishers, and are shown to editors only."""
    if not is_allowed(request.user, WRITE):
        raise PermissionDenied("The texts of the sources are for editors only.")


def describe_text(text):
    """Return what a source says of its text: the fingerprint and the number of lines."""
    return {"sha256": compute_fingerprint(text), "lines": len(text.splitlines())}


def find_pending_statements(source):
    """Return the statements that cite an earlier edition of a source, each with the address of its form."""
    return [
        (build_form_url(statement), statement)
        for statement in find_citing_statements(source)
        if any(p.source_id == source.pk and p.edition != source.edition for p in statement.citations.all())
    ]


def build_lines(source, edition):
    """Return each line of a text with its number, whether it is a heading, the statements that cite it, if any.

    A line that nothing cites and that looks as if it says something is unread.
    """
    headings = {normalize_name(section) for section in source.passages.values_list("section", flat=True) if section}
    statements = defaultdict(list)
    for statement in find_citing_statements(source):
        cited = {
            number
            for passage in statement.citations.all()
            if passage.source_id == source.pk and passage.edition == source.edition
            for number in range(passage.first_line, passage.last_line + 1)
        }
        for number in cited:
            statements[number].append((build_form_url(statement), statement))
    telling = LineTriage(load_entries()).find_lines(edition.lines)
    return [
        {
            "number": number,
            "text": text,
            "is_heading": is_heading(edition.lines, number, headings),
            "statements": statements[number],
            "is_unread": number in telling and not statements[number],
        }
        for number, text in enumerate(edition.lines, 1)
    ]


def get_passages(differences):
    """Return the passages among the values of fields, as a page of a change shows them."""
    return [item for field in differences for item in [*field.before, *field.after] if isinstance(item, Passage)]
