"""The desk of the editors: the admin's own site, and what stands on its first page."""

from functools import partial
from itertools import groupby, islice

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, path, reverse

from kb import saved
from kb.charts import charts
from kb.choices import Way
from kb.models import Version
from kb.roles import VIEW, may
from kb.worklist import worklist

LATELY, LOOKED_AT = 10, 300  # So much news at most, out of so many versions: an import is one piece of news.


class Desk(admin.AdminSite):
    """The admin of the knowledge base."""

    site_header = "Bone and joint pain in cancer"
    site_title = "Knowledge base"
    index_title = "Your desk"

    def get_urls(self):
        return [
            path("lists/save/", self.admin_view(partial(saved.save, site=self)), name="save_list"),
            path("lists/<int:pk>/forget/", self.admin_view(partial(saved.forget, site=self)), name="forget_list"),
            *super().get_urls(),
        ]

    def index(self, request, extra_context=None):
        more = {"alone": alone(request.user), "saved_lists": saved.saved_by(self, request)}
        if may(request.user, VIEW):
            more |= {"work": worklist(request.user), "charts": charts(), "lately": lately()}
            more["app_list"] = self.counted(request, more["charts"]["counts"])
        return super().index(request, more | (extra_context or {}))

    def counted(self, request, counts):
        """The lists that somebody may see, with how many records each holds where that is known."""
        app_list = self.get_app_list(request)
        for app in app_list:
            for listed in app["models"]:
                listed["records"] = counts.get(listed["model"], "")
        return app_list


def alone(user):
    """Whether somebody who may add people is the only one here: publishing takes two."""
    everybody = get_user_model().objects.filter(is_active=True, is_staff=True)
    return user.has_perm("auth.add_user") and not everybody.exclude(pk=user.pk).exists()


def lately():
    """What people last wrote: what, who, when and why, newest first; what came with the project itself is no news."""
    versions = Version.objects.exclude(way=Way.SHIPPED).select_related("kind", "by", "change__reviewer")[:LOOKED_AT]
    news = [list(same) for _, same in groupby(versions, lambda version: (version.by_id, version.why, version.kind_id))]
    return [
        {
            "version": version,
            "name": name_of(version),
            "url": page(version, "change"),
            "past": page(version, "history"),
            "more": len({one.object_id for one in same} - {version.object_id}),
        }
        for same in islice(news, LATELY)
        for version in same[:1]
    ]


def name_of(version):
    """What a record is called, by its words at the time."""
    said = version.content or {}
    return next((said[name] for name in ("name", "title", "text") if said.get(name)), version.slug)


def page(version, which):
    """A page of the record in the admin; nothing, where there is none or the record was deleted."""
    kind = version.kind
    try:
        return version.content and reverse(f"admin:{kind.app_label}_{kind.model}_{which}", args=[version.object_id])
    except NoReverseMatch:
        return None
