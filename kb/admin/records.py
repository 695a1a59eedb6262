"""Where clinical editors work: one grammar for every record, built from the models' own words."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.utils.html import format_html, format_html_join
from tree_queries.admin import TreeChangeList

from kb.admin.exchange import Exchange
from kb.choices import Status
from kb.codes import url_of
from kb.fields import ChoiceField
from kb.models import Cancer, Entry, MetastaticSite, Passage, Source


class RecordForm(forms.ModelForm):
    """Refuses to publish what is not sound, and says why."""

    def clean(self):
        cleaned = super().clean()
        status, before = cleaned.get("status"), self.initial.get("status", Status.DRAFT)
        if status == Status.DRAFT and before != Status.DRAFT:
            self.add_error("status", "What has been public is retired, not made a draft again: others may link to it.")
        if status == Status.RETIRED and isinstance(self.instance, Entry) and (count := self.instance.spoken_of()):
            self.add_error(
                "status", f"{count} published records speak of it or belong to it: change or retire them first."
            )
        return cleaned

    def _post_clean(self):
        """Once the record holds what was sent, ask it whether it may stand so; each obstacle is told at its field."""
        super()._post_clean()
        named = {field.name: self.chosen(field.name) for field in self.instance.relations()}
        for name, words in self.instance.obstacles(named):
            self.add_error(name if name in self.fields else None, words)

    def chosen(self, name):
        """The records that were chosen for a field, as a list."""
        value = self.cleaned_data.get(name)
        return [] if value is None else [value] if isinstance(value, models.Model) else list(value)


class RecordAdmin(Exchange, admin.ModelAdmin):
    """Every relation is an autocomplete, every enumeration a filter; what is public is retired, not deleted."""

    form = RecordForm
    search_fields = ["slug"]
    readonly_fields = ["updated_at"]
    list_per_page = 50
    always_last = ["slug", "status", "replaced_by", "reviewed_on", "updated_at"]

    def relations(self):
        return [f for f in [*self.opts.fields, *self.opts.many_to_many] if f.is_relation]

    def own(self):
        """The fields of this kind of record alone, in the order in which its model gives them."""
        base = next(b for b in self.model.__mro__ if b._meta.abstract)
        return [
            f.name
            for f in [*self.opts.fields, *self.opts.many_to_many]
            if f.name not in {g.name for g in [*base._meta.fields, *base._meta.many_to_many]}
            and f.editable
            and not f.primary_key
        ]

    def get_autocomplete_fields(self, request):
        return [f.name for f in self.relations()]

    def get_list_filter(self, request):
        return [f.name for f in self.opts.fields if isinstance(f, ChoiceField)]

    def get_readonly_fields(self, request, obj=None):
        fixed = ["slug"] if obj and obj.pk and obj.status != Status.DRAFT else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_fieldsets(self, request, obj=None):
        return [(None, {"fields": self.own()}), ("Publication", {"fields": self.always_last})]

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.status == Status.DRAFT)

    def get_actions(self, request):
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "text":
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="status", ordering="status")
    def badge(self, record):
        return format_html('<span class="badge {}">{}</span>', record.status, record.get_status_display())


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    list_display = ["title", "publisher", "dated", "date_means", "lines", "badge"]
    search_fields = ["slug", "title", "publisher"]


@admin.register(Passage)
class PassageAdmin(Exchange, admin.ModelAdmin):
    """Places in the sources: searched by source, heading or line; one that is cited stays where it is."""

    list_display = ["__str__", "source", "section", "first_line", "last_line"]
    list_filter = ["source"]
    list_select_related = ["source"]
    search_fields = ["source__title", "section", "=first_line", "=last_line"]
    autocomplete_fields = ["source"]
    actions = None

    def get_readonly_fields(self, request, obj=None):
        return ["source", "section", "first_line", "last_line"] if obj and obj.is_cited() else []

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.is_cited())


class EntryAdmin(RecordAdmin):
    """Entries as trees, with their names and codes one per line."""

    search_fields = ["name", "slug", "name_index"]
    readonly_fields = [*RecordAdmin.readonly_fields, "code_links"]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def get_fieldsets(self, request, obj=None):
        names = ["name", "synonyms", *[name for name in self.own() if name == "brand_names"]]
        return [
            ("Names", {"fields": [*names, "summary"]}),
            ("What it is", {"fields": ["parent", *[name for name in self.own() if name not in names]]}),
            ("Standard codes", {"fields": ["codes", "code_links"]}),
            ("Publication", {"fields": self.always_last}),
        ]

    def get_list_display(self, request):
        kinds = [f.name for f in self.opts.fields if isinstance(f, ChoiceField) and f.name != "status"]
        return ["in_tree", *kinds, "other_names", "badge"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_tree_fields()

    def get_changelist(self, request, **kwargs):
        return TreeChangeList

    @admin.display(description="name", ordering="name")
    def in_tree(self, entry):
        return format_html('<span class="depth depth-{}">{}</span>', min(entry.tree_depth, 6), entry.name)

    @admin.display(description="other names")
    def other_names(self, entry):
        return ", ".join(entry.names()[1:])

    @admin.display(description="Look them up")
    def code_links(self, entry):
        links = ((url_of(code), code) for code in entry.codes)
        return format_html_join(" · ", '<a href="{}" rel="noopener external">{}</a>', links) or "–"


class StatementAdmin(RecordAdmin):
    """Statements with what they say, for whom, how firmly, and on whose word."""

    search_fields = ["text", "slug"]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["text"]}

    def get_fieldsets(self, request, obj=None):
        return [
            ("What it says", {"fields": ["text", *self.own()]}),
            ("For whom, and how firmly", {"fields": ["population", "scope", "certainty"]}),
            ("On whose word", {"fields": ["citations"]}),
            ("Publication", {"fields": self.always_last}),
        ]

    def get_search_fields(self, request):
        entries = [f.name for f in self.relations() if issubclass(f.related_model, Entry)]
        return [*super().get_search_fields(request), *(f"{name}__name_index" for name in entries)]

    def get_list_display(self, request):
        return ["__str__", "badge", "places"]

    def get_list_filter(self, request):
        return [*super().get_list_filter(request), "citations__source"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_related()

    @admin.display(description="cited from")
    def places(self, statement):
        return format_html_join("", "<div>{}</div>", ((str(passage),) for passage in statement.citations.all()))


admin.site.register(Cancer, EntryAdmin)
admin.site.register(MetastaticSite, StatementAdmin)
