"""Import and export from the changelists: downloads, and uploads that are confirmed after a dry run."""

import logging
from datetime import timedelta
from functools import partial

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst

from kb.admin.form_labels import PRIVACY_NOTICE
from kb.admin.record_links import NamedRecords
from kb.admin.text_cleaning import TextCleaningMixin, show_cleaning
from kb.choices import Way
from kb.editorial.comments import is_reason
from kb.editorial.editing import EditRequest
from kb.import_export import (
    MEDIA_TYPES,
    Row,
    export_records,
    import_rows,
    read_rows,
)
from kb.import_export.cells import describe_cell_format
from kb.import_export.rows import get_columns
from kb.models import Batch, versioned_models_by_label
from kb.permissions import VIEW, WRITE, is_allowed, require_permission
from kb.utils.uploads.limits import MAX_FILE_BYTES, MAX_ROWS

EXPORT_FORMATS = {"csv": "CSV", "xlsx": "Excel", "yaml": "YAML"}
ROW_STATE_LABELS = [("wrong", "wrong"), ("new", "new"), ("changed", "changed"), ("same", "the same as they are")]
MAX_FILE_MB = MAX_FILE_BYTES // 2**20
FILE_HELP_TEXT = f"A .csv, .xlsx or .yaml file as Export writes it: {MAX_FILE_MB} MB and {MAX_ROWS:,} records at most."
STREAM_MARKER = "<!-- the streamed part -->"
# Few enough that the whole progress fits into any network buffer: a slow client does not hold the transaction open.
MAX_PROGRESS_UPDATES = 40


class UploadForm(TextCleaningMixin, forms.Form):
    """Uploads a file for the import of one model; a valid form holds its `rows`."""

    file = forms.FileField(help_text=FILE_HELP_TEXT)
    why = forms.CharField(
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=f"In a sentence: it stands in the history of every record that changes. {PRIVACY_NOTICE}",
    )
    send = forms.BooleanField(
        required=False,
        label="Send for review at once",
        help_text="Otherwise they wait, as drafts and proposals of yours, until you send them.",
    )

    def __init__(self, *args, model, **kwargs):
        super().__init__(*args, **kwargs)
        self.model = model

    def clean_why(self):
        why = self.cleaned_data["why"]
        if not is_reason(why):
            raise ValidationError(f"“{why}” is no reason: say in a sentence what the file is for.")
        return why

    def clean_file(self):
        file = self.cleaned_data["file"]
        self.rows = read_rows(file.name, file.read(MAX_FILE_BYTES + 1), self.model)
        return file


class ImportExportMixin:
    """Adds export and import to the changelist of a ModelAdmin."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("export/<str:file_format>/", view(self.export_view), name=f"{name}_export"),
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("import/<int:pk>/", view(self.dry_run_view), name=f"{name}_trial"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        context = {
            "export_formats": EXPORT_FORMATS if is_allowed(request.user, VIEW) else {},
            "may_import": is_allowed(request.user, WRITE),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    def get_actions(self, request):
        actions = super().get_actions(request)
        if is_allowed(request.user, VIEW) and "_popup" not in request.GET:
            for file_format, label in EXPORT_FORMATS.items():
                name = f"export_as_{file_format}"
                action = partial(export_selected, file_format=file_format)
                actions[name] = action, name, f"Export the selected as {label}"
        return actions

    def export_view(self, request, file_format):
        """Return a file of all records of the list as it is filtered."""
        require_permission(request.user, VIEW)
        if file_format not in EXPORT_FORMATS:
            return redirect(self.admin_url("changelist"))
        try:
            queryset = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect(self.admin_url("changelist") + "?e=1")
        return build_file_response(self.model, queryset.order_by().values_list("pk", flat=True), file_format)

    def import_view(self, request):
        """Show the upload form; store the rows of an uploaded file as a batch and redirect to its dry run."""
        require_permission(request.user, WRITE)
        form = UploadForm(request.POST or None, request.FILES or None, model=self.model)
        is_valid = form.is_valid()
        show_cleaning(request, form.text_notes)
        if is_valid:
            Batch.objects.filter(done_at=None, at__lt=timezone.now() - timedelta(days=1)).delete()
            batch = Batch.objects.create(
                kind=self.get_batch_content_type(form.rows),
                name=form.cleaned_data["file"].name[:200],
                rows=[row.as_dict() for row in form.rows],
                why=form.cleaned_data["why"],
                by=request.user,
            )
            send = "?send=on" if form.cleaned_data["send"] else ""
            return redirect(self.admin_url("trial", batch.pk) + send)
        column_help = [
            (name, field.help_text, describe_cell_format(field)) for name, field in get_columns(self.model).items()
        ]
        return self.render_page(request, "import", form=form, columns=column_help)

    def get_batch_content_type(self, rows):
        """Return the content type that all rows share, or None."""
        model_names = {row.model for row in rows if row.model}
        if len(model_names) != 1:
            return None
        return ContentType.objects.get_for_model(versioned_models_by_label()[model_names.pop()])

    def dry_run_view(self, request, pk):
        """Stream the page of a batch: GET rolls its import back (dry run), POST with the seal of that run keeps it."""
        require_permission(request.user, WRITE)
        batch = get_object_or_404(Batch, pk=pk)
        if batch.by_id != request.user.pk:
            raise PermissionDenied("Only who uploaded a file brings it in.")
        if batch.done_at:
            return self.render_page(request, "done", batch=batch)
        params = request.POST if request.method == "POST" else request.GET
        why = batch.why if is_reason(batch.why) else f"Import: {batch.why}"
        edit_request = EditRequest(request.user, why, Way.IMPORT, batch, submit=bool(params.get("send")))
        seal = params.get("seal", "") if request.method == "POST" else None
        page = self.render_page(request, "run", batch=batch, trial=seal is None, HERE=STREAM_MARKER)
        before, after = page.rendered_content.split(STREAM_MARKER)
        context = {
            "batch": batch,
            "send": edit_request.submit,
            "csrf_token": get_token(request),
            "again": self.admin_url("import"),
        }
        response = StreamingHttpResponse(stream_import_page(before, after, batch, edit_request, seal, context))
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"  # A proxy in front passes progress on as it comes.
        return response

    def render_page(self, request, name, **context):
        shared_context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Import {self.opts.verbose_name_plural}",
            "kind": capfirst(self.opts.verbose_name_plural),
            "import_url": self.admin_url("import"),
            "list_url": self.admin_url("changelist"),
        }
        return TemplateResponse(request, f"admin/exchange/{name}.html", shared_context | context)

    def admin_url(self, page, *args):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)


def export_selected(model_admin, request, queryset, file_format):
    require_permission(request.user, VIEW)
    return build_file_response(model_admin.model, queryset.order_by().values_list("pk", flat=True), file_format)


def build_file_response(model, keys, file_format):
    """Return records as a file to download; found by primary key, without the joins of the changelist."""
    data = export_records(model.objects.filter(pk__in=list(keys)), file_format)
    name = f"{model._meta.model_name}-{timezone.localdate().isoformat()}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(data, content_type=MEDIA_TYPES[file_format], headers=headers)


def find_named(result):
    """Return the NamedRecords of the errors of an import."""
    outcomes = result.invalid_outcomes if result else []
    return NamedRecords(message for o in outcomes for messages in o.errors.values() for message in messages)


def stream_import_page(before, after, batch, edit_request, seal, context):
    """Yield the page of an import while it runs: its head, lines of progress, the result, its foot.

    The import is one transaction, so a client that disconnects rolls it back.
    """
    progress = partial(render_to_string, "admin/exchange/progress.html")
    yield before + progress({"done": 0, "of": len(batch.rows)})
    rows = [Row(**row) for row in batch.rows]
    import_steps = import_rows(rows, edit_request, dry_run=seal is None, outcome_digest=seal)
    interval = max(1, len(rows) // MAX_PROGRESS_UPDATES)
    result = problem = None
    try:
        while True:
            done = next(import_steps)
            if done % interval == 0 or done == len(rows):
                yield progress({"done": done, "of": len(rows)})
    except StopIteration as ended:
        result = ended.value
    except ValidationError as error:
        problem = " ".join(error.messages)
    except Exception:  # Half of the page is sent, so no handler above can answer with an error page.
        logging.getLogger("django.request").exception("An import failed")
        problem = "Something went wrong that is not the file's fault."
    yield render_to_string(
        "admin/exchange/result.html",
        {"result": result, "problem": problem, "states": ROW_STATE_LABELS, "named": find_named(result), **context},
    )
    yield after
