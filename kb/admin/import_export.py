"""Bulk work at the lists of the admin: records out as files, and files in, with a trial first."""

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

from kb import import_export as exchange
from kb.admin.forms import PRIVACY_NOTICE
from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.import_export.cells import describe_cell_format
from kb.import_export.rows import get_columns
from kb.models import Batch, versioned_models_by_label
from kb.permissions import VIEW, WRITE, is_allowed, require_permission

EXPORT_FORMATS = {"csv": "CSV", "xlsx": "Excel", "yaml": "YAML"}
ROW_STATE_LABELS = [("wrong", "wrong"), ("new", "new"), ("changed", "changed"), ("same", "the same as they are")]
STREAM_MARKER = "<!-- the streamed part -->"
MAX_PROGRESS_UPDATES = (
    40  # How many times progress is told: few enough to fit into any buffer, so that no slow reader holds the base.
)


class UploadForm(forms.Form):
    """A file, and why."""

    file = forms.FileField(help_text="A .csv, .xlsx or .yaml file of 10 MB at most, as Export writes them.")
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

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > exchange.MAX_FILE_BYTES:
            raise ValidationError(f"The file is too large: {exchange.MAX_FILE_BYTES // 2**20} MB at most.")
        self.rows = exchange.read_rows(file.name, file.read(), self.model)
        return file


class ImportExportMixin:
    """A list in the admin whose records go out as files, and come in again."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("export/<str:form>/", view(self.export_view), name=f"{name}_export"),
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("import/<int:pk>/", view(self.dry_run_view), name=f"{name}_trial"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        mine = {
            "export_formats": EXPORT_FORMATS if is_allowed(request.user, VIEW) else {},
            "may_import": is_allowed(request.user, WRITE),
        }
        return super().changelist_view(request, mine | (extra_context or {}))

    def get_actions(self, request):
        actions = super().get_actions(request)
        if is_allowed(request.user, VIEW) and "_popup" not in request.GET:
            for form, label in EXPORT_FORMATS.items():
                name = f"export_as_{form}"
                actions[name] = partial(export_selected, form=form), name, f"Export the selected as {label}"
        return actions

    def export_view(self, request, form):
        """Everything that the list shows, as it is filtered."""
        require_permission(request.user, VIEW)
        if form not in EXPORT_FORMATS:
            return redirect(self.admin_url("changelist"))
        try:
            shown = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect(self.admin_url("changelist") + "?e=1")
        return build_file_response(self.model, shown.order_by().values_list("pk", flat=True), form)

    def import_view(self, request):
        """Upload a file; what it says is kept, and tried next."""
        require_permission(request.user, WRITE)
        form = UploadForm(request.POST or None, request.FILES or None, model=self.model)
        if form.is_valid():
            Batch.objects.filter(by=request.user, done_at=None, at__lt=timezone.now() - timedelta(days=1)).delete()
            batch = Batch.objects.create(
                kind=self.content_type(form.rows),
                name=form.cleaned_data["file"].name[:200],
                rows=[row.as_dict() for row in form.rows],
                why=form.cleaned_data["why"],
                by=request.user,
            )
            send = "?send=on" if form.cleaned_data["send"] else ""
            return redirect(self.admin_url("trial", batch.pk) + send)
        known = [
            (name, field.help_text, describe_cell_format(field)) for name, field in get_columns(self.model).items()
        ]
        return self.render_page(request, "import", form=form, columns=known)

    def content_type(self, rows):
        held = {row.model for row in rows if row.model}
        return ContentType.objects.get_for_model(versioned_models_by_label()[held.pop()]) if len(held) == 1 else None

    def dry_run_view(self, request, pk):
        """What a file would do, tried out and taken back; or, once that was seen and sent, done."""
        require_permission(request.user, WRITE)
        batch = get_object_or_404(Batch, pk=pk)
        if batch.by_id != request.user.pk:
            raise PermissionDenied("Only who uploaded a file brings it in.")
        if batch.done_at:
            return self.render_page(request, "done", batch=batch)
        asked = request.POST if request.method == "POST" else request.GET
        wish = EditRequest(request.user, batch.why, Way.IMPORT, batch, submit=bool(asked.get("send")))
        seal = asked.get("seal", "") if request.method == "POST" else None
        before, after = self.render_page(
            request, "run", batch=batch, trial=seal is None, HERE=STREAM_MARKER
        ).rendered_content.split(STREAM_MARKER)
        rest = {
            "batch": batch,
            "send": wish.submit,
            "csrf_token": get_token(request),
            "again": self.admin_url("import"),
        }
        streamed = StreamingHttpResponse(stream_import_page(before, after, batch, wish, seal, rest))
        streamed.headers["Cache-Control"] = "no-store"
        streamed.headers["X-Accel-Buffering"] = "no"  # A proxy in front passes progress on as it comes.
        return streamed

    def render_page(self, request, name, **context):
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Import {self.opts.verbose_name_plural}",
            "kind": capfirst(self.opts.verbose_name_plural),
            "import_url": self.admin_url("import"),
            "list_url": self.admin_url("changelist"),
        }
        return TemplateResponse(request, f"admin/exchange/{name}.html", shared | context)

    def admin_url(self, page, *args):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)


def export_selected(admin, request, queryset, form):
    require_permission(request.user, VIEW)
    return build_file_response(admin.model, queryset.order_by().values_list("pk", flat=True), form)


def build_file_response(model, keys, form):
    """Records as a file; by their keys, whatever the list looked up besides."""
    data = exchange.export_records(model.objects.filter(pk__in=list(keys)), form)
    name = f"{model._meta.model_name}-{timezone.localdate().isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(data, content_type=exchange.MEDIA_TYPES[form], headers=headers)


def stream_import_page(before, after, batch, wish, seal, rest):
    """A page that grows while the rows are taken: its head, a line of progress at times, the result, its foot.

    Who leaves meanwhile ends the work with nothing kept, since what is written is one transaction.
    """
    progress = partial(render_to_string, "admin/exchange/progress.html")
    yield before + progress({"done": 0, "of": len(batch.rows)})
    rows = [exchange.Row(**row) for row in batch.rows]
    work, every = (
        exchange.import_rows(rows, wish, dry_run=seal is None, outcome_digest=seal),
        max(1, len(rows) // MAX_PROGRESS_UPDATES),
    )
    result = problem = None
    try:
        while True:
            done = next(work)
            if done % every == 0 or done == len(rows):
                yield progress({"done": done, "of": len(rows)})
    except StopIteration as ended:
        result = ended.value
    except ValidationError as error:
        problem = " ".join(error.messages)
    except Exception:  # The page is half sent: nothing above can answer for it any more.
        logging.getLogger("django.request").exception("An import failed")
        problem = "Something went wrong that is not the file's fault."
    yield render_to_string(
        "admin/exchange/result.html", {"result": result, "problem": problem, "states": ROW_STATE_LABELS, **rest}
    )
    yield after
