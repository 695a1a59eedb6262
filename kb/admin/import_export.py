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
from kb.admin.forms import PUBLIC
from kb.choices import Way
from kb.editorial.editing import Wish
from kb.import_export.cells import how_written
from kb.import_export.rows import columns
from kb.models import Batch
from kb.permissions import VIEW, WRITE, may, require

FORMS = {"csv": "CSV", "xlsx": "Excel", "yaml": "YAML"}
STATES = [("wrong", "wrong"), ("new", "new"), ("changed", "changed"), ("same", "the same as they are")]
HERE = "<!-- the streamed part -->"
STEPS = 40  # How many times progress is told: few enough to fit into any buffer, so that no slow reader holds the base.


class UploadForm(forms.Form):
    """A file, and why."""

    file = forms.FileField(help_text="A .csv, .xlsx or .yaml file of 10 MB at most, as Export writes them.")
    why = forms.CharField(
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=f"In a sentence: it stands in the history of every record that changes. {PUBLIC}",
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
        if file.size > exchange.MOST_BYTES:
            raise ValidationError(f"The file is too large: {exchange.MOST_BYTES // 2**20} MB at most.")
        self.rows = exchange.read(file.name, file.read(), self.model)
        return file


class Exchange:
    """A list in the admin whose records go out as files, and come in again."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("export/<str:form>/", view(self.export_view), name=f"{name}_export"),
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("import/<int:pk>/", view(self.trial_view), name=f"{name}_trial"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        mine = {
            "export_formats": FORMS if may(request.user, VIEW) else {},
            "may_import": may(request.user, WRITE),
        }
        return super().changelist_view(request, mine | (extra_context or {}))

    def get_actions(self, request):
        actions = super().get_actions(request)
        if may(request.user, VIEW) and "_popup" not in request.GET:
            for form, label in FORMS.items():
                name = f"export_as_{form}"
                actions[name] = partial(export_selected, form=form), name, f"Export the selected as {label}"
        return actions

    def export_view(self, request, form):
        """Everything that the list shows, as it is filtered."""
        require(request.user, VIEW)
        if form not in FORMS:
            return redirect(self.address("changelist"))
        try:
            shown = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect(self.address("changelist") + "?e=1")
        return download(self.model, shown.order_by().values_list("pk", flat=True), form)

    def import_view(self, request):
        """Upload a file; what it says is kept, and tried next."""
        require(request.user, WRITE)
        form = UploadForm(request.POST or None, request.FILES or None, model=self.model)
        if form.is_valid():
            Batch.objects.filter(by=request.user, done_at=None, at__lt=timezone.now() - timedelta(days=1)).delete()
            batch = Batch.objects.create(
                kind=self.content_type(form.rows),
                name=form.cleaned_data["file"].name[:200],
                rows=[row.as_json() for row in form.rows],
                why=form.cleaned_data["why"],
                by=request.user,
            )
            send = "?send=on" if form.cleaned_data["send"] else ""
            return redirect(self.address("trial", batch.pk) + send)
        known = [(name, field.help_text, how_written(field)) for name, field in columns(self.model).items()]
        return self.page(request, "import", form=form, columns=known)

    def content_type(self, rows):
        held = {row.model for row in rows if row.model}
        return ContentType.objects.get_for_model(exchange.kinds()[held.pop()]) if len(held) == 1 else None

    def trial_view(self, request, pk):
        """What a file would do, tried out and taken back; or, once that was seen and sent, done."""
        require(request.user, WRITE)
        batch = get_object_or_404(Batch, pk=pk)
        if batch.by_id != request.user.pk:
            raise PermissionDenied("Only who uploaded a file brings it in.")
        if batch.done_at:
            return self.page(request, "done", batch=batch)
        asked = request.POST if request.method == "POST" else request.GET
        wish = Wish(request.user, batch.why, Way.IMPORT, batch, send=bool(asked.get("send")))
        seal = asked.get("seal", "") if request.method == "POST" else None
        before, after = self.page(request, "run", batch=batch, trial=seal is None, HERE=HERE).rendered_content.split(
            HERE
        )
        rest = {"batch": batch, "send": wish.send, "csrf_token": get_token(request), "again": self.address("import")}
        streamed = StreamingHttpResponse(stream(before, after, batch, wish, seal, rest))
        streamed.headers["Cache-Control"] = "no-store"
        streamed.headers["X-Accel-Buffering"] = "no"  # A proxy in front passes progress on as it comes.
        return streamed

    def page(self, request, name, **context):
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Import {self.opts.verbose_name_plural}",
            "kind": capfirst(self.opts.verbose_name_plural),
            "import_url": self.address("import"),
            "list_url": self.address("changelist"),
        }
        return TemplateResponse(request, f"admin/exchange/{name}.html", shared | context)

    def address(self, page, *args):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)


def export_selected(admin, request, queryset, form):
    require(request.user, VIEW)
    return download(admin.model, queryset.order_by().values_list("pk", flat=True), form)


def download(model, keys, form):
    """Records as a file; by their keys, whatever the list looked up besides."""
    data = exchange.export(model.objects.filter(pk__in=list(keys)), form)
    name = f"{model._meta.model_name}-{timezone.localdate().isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(data, content_type=exchange.TYPES[form], headers=headers)


def stream(before, after, batch, wish, seal, rest):
    """A page that grows while the rows are taken: its head, a line of progress at times, the result, its foot.

    Who leaves meanwhile ends the work with nothing kept, since what is written is one transaction.
    """
    progress = partial(render_to_string, "admin/exchange/progress.html")
    yield before + progress({"done": 0, "of": len(batch.rows)})
    rows = [exchange.Row(**row) for row in batch.rows]
    work, every = exchange.bring(rows, wish, trial=seal is None, seal=seal), max(1, len(rows) // STEPS)
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
        "admin/exchange/result.html", {"result": result, "problem": problem, "states": STATES, **rest}
    )
    yield after
