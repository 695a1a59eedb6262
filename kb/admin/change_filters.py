"""Filters of the review queue: whose changes, which are still open, and which need their author's eye."""

from django.contrib import admin
from django.db.models import Q

from kb.editorial.overtaken import find_moved_on, find_with_rivals
from kb.models import OPEN_STATES


class AuthorFilter(admin.SimpleListFilter):
    """Filter changes into the user's own and those of others."""

    title, parameter_name = "whose", "whose"

    def lookups(self, request, model_admin):
        return [("mine", "Mine"), ("others", "Somebody else's")]

    def queryset(self, request, queryset):
        mine = Q(author=request.user)
        return {"mine": queryset.filter(mine), "others": queryset.exclude(mine)}.get(self.value(), queryset)


class OpenFilter(admin.SimpleListFilter):
    """Filter changes by whether they are still open."""

    title, parameter_name = "open", "open"

    def lookups(self, request, model_admin):
        return [("1", "Open"), ("0", "Decided or withdrawn")]

    def queryset(self, request, queryset):
        is_open = Q(state__in=OPEN_STATES)
        return {"1": queryset.filter(is_open), "0": queryset.exclude(is_open)}.get(self.value(), queryset)


class AttentionFilter(admin.SimpleListFilter):
    """Filter open changes whose record has moved on, or of whose record somebody else proposes something too."""

    title, parameter_name = "what needs a look", "look"

    def lookups(self, request, model_admin):
        return [("moved", "The record has moved on"), ("rival", "Somebody else proposes something too")]

    def queryset(self, request, queryset):
        find = {"moved": find_moved_on, "rival": find_with_rivals}.get(self.value())
        return find(queryset) if find else queryset
