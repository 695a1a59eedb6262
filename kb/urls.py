"""URL routes of the API (/api/v1/), its HTML pages (/explore/), the admin, the health checks and the front page.

The other apps are included by name, so that no module of kb imports them.
"""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from kb import views
from kb.health import health
from kb.models import Suggestion, resource_name
from kb.views.fhir import fhir_urlpatterns
from kb.views.html import build_html_urls

# Swagger UI has data: images in its style sheet, which no other page may use.
allow_swagger_images = csp_replace({"img-src": [SELF, "data:"]})

router = SimpleRouter()
for viewset in (views.SourceViewSet, views.CancerViewSet, views.MetastaticSiteViewSet):
    router.register(resource_name(viewset.queryset.model), viewset)

# Apart from the other router, since suggestions need a token and have no page under /explore/.
write_router = SimpleRouter(use_regex_path=False)
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
    path("sources/<slug>/editions/", views.SourceEditionsView.as_view(), name="source-editions"),
    path("releases/", views.ReleaseViewSet.as_view({"get": "list"}), name="release-list"),
    path("releases/<name>/", views.ReleaseViewSet.as_view({"get": "retrieve"}), name="release-detail"),
]
# Outside of api_urlpatterns, since a file of a release has no page under /explore/.
release_file_route = path("releases/<name>/<file>", views.ReleaseViewSet.as_view({"get": "file"}), name="release-file")
urlpatterns = [
    path("", views.home, name="home"),
    path("health/", health, name="health"),
    path("mcp", views.McpView.as_view(), name="mcp"),
    path("llms.txt", views.llms_txt, name="llms-txt"),
    path("openapi-tools.json", views.openapi_tools, name="openapi-tools"),
    path("admin/", admin.site.urls),
    path("api/v1/", include([*api_urlpatterns, release_file_route, *write_router.urls])),
    path("api/v1/fhir/", include(fhir_urlpatterns)),
    path(
        "explore/", include(([*build_html_urls(api_urlpatterns), path("", include("symptoms.html_urls"))], "explore"))
    ),
]
handler400 = "kb.api.exceptions.bad_request"
handler403 = "kb.api.exceptions.permission_denied"
handler404 = "kb.api.exceptions.not_found"
handler500 = "kb.api.exceptions.server_error"
