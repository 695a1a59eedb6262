"""History of records: the list of all versions, the page of one record, and restoring a version as a change."""

from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from kb.admin.read_only import ReadOnlyAdmin, RecordKindFilter, error_text
from kb.admin.text_cleaning import read_posted_text
from kb.editorial.diff import diff_contents
from kb.editorial.editing import EditRequest, restore_version
from kb.editorial.snapshot import NaturalKeyResolver
from kb.models import OPEN_STATES, Change, Version
from kb.permissions import VIEW, WRITE, is_allowed
from kb.utils.urls import build_form_url

MAX_ID_DIGITS = 18


def render_history(request, model, object_id, site):
    """Return the page of a record's versions, newest first; POST restores one of them as a new change."""
    if not is_allowed(request.user, VIEW):
        raise PermissionDenied
    if not str(object_id).isdecimal() or len(str(object_id)) > MAX_ID_DIGITS:
        raise Http404("There is no such record.")
    kind = ContentType.objects.get_for_model(model)
    versions = list(
        Version.objects.filter(kind=kind, object_id=object_id)
        .order_by("-number")
        .select_related("by", "kind", "change__reviewer", "change__author")
    )
    if not versions:
        raise Http404("There is no history of such a record.")
    if request.method == "POST":
        return restore_selected_version(request, versions)
    resolver = NaturalKeyResolver()
    for version, previous in zip(versions, [*versions[1:], None], strict=True):
        version.differences = diff_contents(model, previous and previous.content, version.content, resolver)
    record = versions[0].record
    open_changes = Change.objects.filter(kind=kind, object_id=object_id, state__in=OPEN_STATES)
    context = site.each_context(request) | {
        "title": f"History of {model._meta.verbose_name} {versions[0].slug}",
        "record": record,
        "name": str(record or versions[0].slug),
        "kind": capfirst(model._meta.verbose_name),
        "opts": model._meta,
        "versions": versions,
        "waiting": open_changes.select_related("author"),
        "may_write": is_allowed(request.user, WRITE),
        "form_url": record and reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[object_id]),
    }
    return TemplateResponse(request, "admin/kb/history.html", context)


def restore_selected_version(request, versions):
    """Restore the version named in the POST: as a change of the record, or as a draft where it was discarded."""
    version = next((v for v in versions if str(v.pk) == request.POST.get("version")), None)
    try:
        if version is None:
            raise ValidationError("Choose one of the versions.")
        why, submit = read_posted_text(request, "why"), "_send" in request.POST
        record, change = restore_version(version, EditRequest(request.user, why, "restored", submit=submit))
    except (ValidationError, PermissionDenied) as error:
        messages.error(request, error_text(error))
        return HttpResponseRedirect(request.get_full_path())
    messages.success(request, f"Version {version.number} of “{record}” is brought back as a new change.")
    return HttpResponseRedirect(build_form_url(change or record))


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    """All versions of all records, newest first; each links to the history of its record."""

    list_display = ["of", "number", "why", "by", "approved_by", "way", "at"]
    list_display_links = None
    list_filter = ["way", RecordKindFilter, ("by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["kind", "by", "change__reviewer"]
    search_fields = ["slug", "why"]
    date_hierarchy = "at"
    actions = None

    def change_view(self, request, object_id, form_url="", extra_context=None):
        version = self.get_object(request, object_id)
        if version is None:
            raise Http404
        return HttpResponseRedirect(reverse("admin:kb_version_of", args=[version.kind_id, version.object_id]))

    def get_urls(self):
        view = self.admin_site.admin_view(self.record_history_view)
        return [path("of/<int:kind>/<int:key>/", view, name="kb_version_of"), *super().get_urls()]

    def record_history_view(self, request, kind, key):
        model = get_object_or_404(ContentType, pk=kind).model_class()
        return render_history(request, model, key, self.admin_site)

    @admin.display(description="record", ordering="slug")
    def of(self, version):
        url = reverse("admin:kb_version_of", args=[version.kind_id, version.object_id])
        return format_html('<small>{}</small><br><a href="{}">{}</a>', version.kind.name, url, version.slug)

    @admin.display(description="approved by", ordering="change__reviewer")
    def approved_by(self, version):
        return version.change and version.change.reviewer
