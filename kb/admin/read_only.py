"""Base ModelAdmin for read-only lists, with a filter by model and the formatting of validation errors."""

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.contenttypes.models import ContentType
from django.utils.text import capfirst

from kb.permissions import VIEW, is_allowed


class RecordKindFilter(admin.SimpleListFilter):
    """Filter by the kind of record that a row is about; offers those that occur."""

    title, parameter_name = "kind", "of"

    def lookups(self, request, model_admin):
        keys = model_admin.model.objects.order_by().values_list("kind", flat=True).distinct()
        return sorted((str(kind.pk), kind.name) for kind in map(ContentType.objects.get_for_id, keys))

    def queryset(self, request, queryset):
        if self.value() and self.value() not in dict(self.lookup_choices):
            raise IncorrectLookupParameters(f"kind: there is no “{self.value()}” here.")
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list for every role, in which rows cannot be added, changed or deleted."""

    section = "work"
    list_per_page = 50

    def has_module_permission(self, request):
        return is_allowed(request.user, VIEW)

    def has_view_permission(self, request, obj=None):
        return is_allowed(request.user, VIEW)

    def has_add_permission(self, request):
        return False

    has_change_permission = has_delete_permission = lambda self, request, obj=None: False

    def changelist_view(self, request, extra_context=None):
        context = {"title": getattr(self, "title", capfirst(self.opts.verbose_name_plural))}
        return super().changelist_view(request, context | (extra_context or {}))


def error_text(error):
    """Return the messages of a ValidationError, or the text of another exception, as one text."""
    return " ".join(getattr(error, "messages", [str(error)]))
