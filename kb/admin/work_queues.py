"""Filter of the changelists by work queue, and the list of findings of the last citation check."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from kb.admin.read_only import ReadOnlyAdmin
from kb.dashboard.work_queues import work_queues_for
from kb.models import Finding


class WorkQueueFilter(admin.SimpleListFilter):
    """Filter records by the work queue that they are in."""

    title = parameter_name = "work"

    def lookups(self, request, model_admin):
        return [(queue.name, queue.title) for queue in work_queues_for(model_admin.model, request.user)]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        for queue in work_queues_for(queryset.model, request.user):
            if queue.name == self.value():
                return queryset.filter(queue.condition(queryset.model, request.user))
        raise IncorrectLookupParameters(f"work: there is no “{self.value()}” here.")


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """ModelAdmin of findings: manage.py verify_citations writes them, editors correct the record."""

    title = "What the last check of the citations found"
    list_display = ["about", "kind_name", "why", "found", "since"]
    list_display_links = None
    list_select_related = ["kind"]
    search_fields = ["slug", "why"]
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).with_changed_since()

    def has_module_permission(self, request):
        return False  # The index page links here where there are findings.

    @admin.display(description="record", ordering="slug")
    def about(self, finding):
        kind = finding.kind
        try:
            url = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[finding.object_id])
        except NoReverseMatch:
            return finding.slug
        return format_html('<a href="{}">{}</a>', url, finding.slug)

    @admin.display(description="kind", ordering="kind")
    def kind_name(self, finding):
        return finding.kind.name

    @admin.display(description="found on", ordering="at")
    def found(self, finding):
        return date_format(timezone.localdate(finding.at))

    @admin.display(description="since then")
    def since(self, finding):
        return (
            format_html('<span class="badge draft">{}</span>', "changed since")
            if finding.changed_since
            else "as it was"
        )
