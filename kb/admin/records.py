"""ModelAdmins of sources, passages, entries and statements, with fieldsets and filters built from the models."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from kb.admin.base import VersionedModelAdmin
from kb.admin.documents import DocumentAdminMixin
from kb.admin.import_export import ImportExportMixin
from kb.admin.marked_lines import AddFromLinesMixin, MarkedLinesMixin
from kb.admin.record_search import PlaceSearchMixin, RecordSearchMixin
from kb.admin.support import SupportAdminMixin
from kb.admin.work_queues import WorkQueueFilter
from kb.choices import Status
from kb.code_systems import build_code_url
from kb.editorial.content_rules import is_public
from kb.fields import ChoiceField
from kb.models import Cancer, Entry, MetastaticSite, Passage, Source


class RecordAdmin(ImportExportMixin, VersionedModelAdmin):
    """ModelAdmin of records: autocompletes for relations, filters for enumerations; public records are not deleted."""

    search_fields = ["slug"]
    readonly_fields = ["reviewed_on", "updated_at"]
    list_per_page = 50

    def relation_fields(self):
        return [f for f in [*self.opts.fields, *self.opts.many_to_many] if f.is_relation]

    def own_field_names(self):
        """Return the names of the editable fields that this model adds to its abstract base, in model order."""
        base = next(b for b in self.model.__mro__ if b._meta.abstract)
        return [
            f.name
            for f in [*self.opts.fields, *self.opts.many_to_many]
            if f.name not in {g.name for g in [*base._meta.fields, *base._meta.many_to_many]}
            and f.editable
            and not f.primary_key
        ]

    def get_autocomplete_fields(self, request):
        return [f.name for f in self.relation_fields()]

    def get_list_filter(self, request):
        return [WorkQueueFilter, *(f.name for f in self.opts.fields if isinstance(f, ChoiceField))]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(["slug"] if obj and obj.pk else [])]

    def get_record_fieldsets(self, record):
        return [(None, {"fields": self.own_field_names()}), self.publication_fieldset(record)]

    def publication_fieldset(self, record):
        """Return the fieldset of publication; only a public record has a status to choose: a draft needs a review."""
        retirement_fields = ["status", "replaced_by"] if record and is_public(record) else []
        return "Publication", {"fields": ["slug", *retirement_fields, "review_due", "reviewed_on", "updated_at"]}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 3})
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if hasattr(field and field.widget, "can_delete_related"):
            field.widget.can_delete_related = False  # A form does not delete records that it refers to.
        return field

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "status":
            choices = [(value, label) for value, label in Status.choices if value != Status.DRAFT]
            return forms.ChoiceField(choices=choices, help_text=db_field.help_text)
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_view_on_site_url(self, obj=None):
        public = obj is not None and obj.status == Status.PUBLISHED
        return reverse(f"explore:{self.opts.model_name}-detail", args=[obj.slug]) if public else None

    @admin.display(description="status", ordering="status")
    def badge(self, record):
        return format_html('<span class="badge {}">{}</span>', record.status, record.get_status_display())


@admin.register(Source)
class SourceAdmin(MarkedLinesMixin, DocumentAdminMixin, RecordAdmin):
    list_display = ["title", "publisher", "dated", "date_means", "lines", "badge", "withdrawn"]
    search_fields = ["slug", "title", "publisher"]
    computed = ("earlier_editions",)  # Written by a new edition alone.

    def get_record_fieldsets(self, record):
        withdrawal = ["withdrawn_on", "withdrawn_why"]
        own = [name for name in self.own_field_names() if name not in {*withdrawal, *self.computed}]
        return [(None, {"fields": own}), ("Withdrawal", {"fields": withdrawal}), self.publication_fieldset(record)]

    def get_list_filter(self, request):
        return [*super().get_list_filter(request), ("withdrawn_on", admin.EmptyFieldListFilter)]

    @admin.display(description="withdrawn", ordering="withdrawn_on")
    def withdrawn(self, source):
        return source.withdrawn_on or ""


@admin.register(Passage)
class PassageAdmin(PlaceSearchMixin, ImportExportMixin, VersionedModelAdmin):
    """ModelAdmin of passages: searched by source, heading or line; one that is cited cannot be moved."""

    list_display = ["__str__", "first_line", "last_line", "state"]  # The passage names its source.
    list_filter = [WorkQueueFilter, "source", "state"]
    list_select_related = ["source"]
    search_fields = ["source__title", "section", "=first_line", "=last_line"]
    autocomplete_fields = ["source"]
    actions = None

    def get_record_fieldsets(self, record):
        return [(None, {"fields": ["source", "section", "first_line", "last_line"]})]

    def get_readonly_fields(self, request, obj=None):
        return (
            ["source", "first_line", "last_line"] if obj and (obj.is_cited() or not obj.is_of_current_edition) else []
        )


class EntryAdmin(RecordSearchMixin, AddFromLinesMixin, RecordAdmin):
    """ModelAdmin of entries: lists them with what they belong to; names and codes stand one per line in the form."""

    search_fields = ["name", "slug", "name_index"]
    readonly_fields = [*RecordAdmin.readonly_fields, "code_links"]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def get_record_fieldsets(self, record):
        names = ["name", "synonyms", *[name for name in self.own_field_names() if name == "brand_names"]]
        return [
            ("Names", {"fields": [*names, "summary"]}),
            ("What it is", {"fields": ["parents", *[name for name in self.own_field_names() if name not in names]]}),
            ("Standard codes", {"fields": ["codes", "code_links"]}),
            self.publication_fieldset(record),
        ]

    def get_list_display(self, request):
        choice_fields = [f.name for f in self.opts.fields if isinstance(f, ChoiceField) and f.name != "status"]
        return ["name", "belongs_to", *choice_fields, "other_names", "badge"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("parents")

    @admin.display(description="belongs to")
    def belongs_to(self, entry):
        return ", ".join(str(parent) for parent in entry.parents.all())

    @admin.display(description="other names")
    def other_names(self, entry):
        return ", ".join(entry.names()[1:])

    @admin.display(description="Look them up")
    def code_links(self, entry):
        links = ((build_code_url(code), code) for code in entry.codes)
        return format_html_join(" · ", '<a href="{}" rel="noopener external">{}</a>', links) or "–"


class StatementAdmin(SupportAdminMixin, RecordSearchMixin, AddFromLinesMixin, RecordAdmin):
    """ModelAdmin of statements: searched by their text and the names of the entries that they refer to."""

    search_fields = ["text", "slug"]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["text"]}

    def get_record_fieldsets(self, record):
        limits = self.model.limit_field_names()
        own = [name for name in self.own_field_names() if name not in limits]
        return [
            ("What it says", {"fields": ["text", *own]}),
            ("Limits, and how firmly", {"fields": [*limits, "scope", "certainty"]}),
            ("On whose word", {"fields": ["citations"]}),
            self.publication_fieldset(record),
        ]

    def get_search_fields(self, request):
        entries = [f.name for f in self.relation_fields() if issubclass(f.related_model, Entry)]
        return [*super().get_search_fields(request), *(f"{name}__name_index" for name in entries)]

    def get_list_display(self, request):
        return ["sentence", "badge", "places"]

    def get_list_filter(self, request):
        return [*super().get_list_filter(request), "citations__source"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_related()

    @admin.display(description="what it says", ordering="text")
    def sentence(self, statement):
        through = getattr(statement, "found_through", "")
        return format_html('{}<div class="through">{}</div>', statement, through) if through else str(statement)

    @admin.display(description="cited from")
    def places(self, statement):
        return format_html_join("", "<div>{}</div>", ((str(passage),) for passage in statement.citations.all()))


admin.site.register(Cancer, EntryAdmin)
admin.site.register(MetastaticSite, StatementAdmin)
