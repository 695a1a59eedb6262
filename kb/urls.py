"""The front door. The apps above are named as text, so nothing down here imports them."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from kb import views
from kb.health import health
from kb.models import Suggestion, resource_name
from kb.views.html import build_html_urls

# Swagger UI draws its arrows from images written into its style sheet; nothing else may.
allow_swagger_images = csp_replace({"img-src": [SELF, "data:"]})

router = SimpleRouter()
for viewset in (views.SourceViewSet, views.CancerViewSet, views.MetastaticSiteViewSet):
    router.register(resource_name(viewset.queryset.model), viewset)

write_router = SimpleRouter(
    use_regex_path=False
)  # What is sent takes a token, so there is no page of it under /explore/.
write_router.register(resource_name(Suggestion), views.SuggestionViewSet)

api_urlpatterns = [
    path("", views.RootView.as_view(), name="contents"),
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("context.jsonld", views.json_ld_context, name="context"),
    path("docs/", allow_swagger_images(views.SwaggerUIView.as_view()), name="docs"),
    *[
        question.build_url_pattern()
        for question in (
            views.PathsView,
            views.CoverageView,
            views.DisagreementsView,
            views.SearchView,
            views.ChangesView,
        )
    ],
    path("", include(router.urls)),
    path("", include("treatments.urls")),
    path("", include("symptoms.urls")),
    path("releases/", views.ReleaseViewSet.as_view({"get": "list"}), name="release-list"),
    path("releases/<name>/", views.ReleaseViewSet.as_view({"get": "retrieve"}), name="release-detail"),
]
# A file of a release is taken as it is: there is no page of it under /explore/.
release_file_route = path("releases/<name>/<file>", views.ReleaseViewSet.as_view({"get": "file"}), name="release-file")
urlpatterns = [
    path("", views.home, name="home"),
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
    path("api/v1/", include([*api_urlpatterns, release_file_route, *write_router.urls])),
    path(
        "explore/", include(([*build_html_urls(api_urlpatterns), path("", include("symptoms.html_urls"))], "explore"))
    ),
]
handler400 = "kb.api.exceptions.bad_request"
handler404 = "kb.api.exceptions.not_found"
handler500 = "kb.api.exceptions.server_error"
