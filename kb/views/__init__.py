"""Views of the API: records, queries over all statements, releases, suggestions and the API root."""

from kb.views.base_query import QueryView
from kb.views.coverage import CoverageView
from kb.views.editions import SourceEditionsView
from kb.views.events import ChangesView
from kb.views.mcp import McpView, llms_txt, openapi_tools
from kb.views.paths import PathRowsMixin, PathsView, find_nearest_goals
from kb.views.queries import DisagreementsView, SearchView, build_disagreement_rows
from kb.views.records import CancerViewSet, Companions, MetastaticSiteViewSet, RecordViewSet, SourceViewSet
from kb.views.releases import ReleaseViewSet
from kb.views.root import RootView, SchemaView, SwaggerUIView, home, json_ld_context
from kb.views.suggestions import SuggestionViewSet

__all__ = [
    "CancerViewSet",
    "ChangesView",
    "Companions",
    "CoverageView",
    "DisagreementsView",
    "McpView",
    "MetastaticSiteViewSet",
    "PathRowsMixin",
    "PathsView",
    "QueryView",
    "RecordViewSet",
    "ReleaseViewSet",
    "RootView",
    "SchemaView",
    "SearchView",
    "SourceEditionsView",
    "SourceViewSet",
    "SuggestionViewSet",
    "SwaggerUIView",
    "build_disagreement_rows",
    "find_nearest_goals",
    "home",
    "json_ld_context",
    "llms_txt",
    "openapi_tools",
]
