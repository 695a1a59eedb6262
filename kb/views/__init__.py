"""How records are read, and what the knowledge base answers."""

from kb.views.base_query import Question
from kb.views.coverage import Coverage
from kb.views.events import Changes
from kb.views.queries import Disagreements, Paths, Search, side_by_side
from kb.views.records import CancerViewSet, MetastaticSiteViewSet, RecordViewSet, SourceViewSet
from kb.views.releases import ReleaseViewSet
from kb.views.root import Contents, Description, Docs, context, home
from kb.views.suggestions import SuggestionViewSet

__all__ = [
    "CancerViewSet",
    "Changes",
    "Contents",
    "Coverage",
    "Description",
    "Disagreements",
    "Docs",
    "MetastaticSiteViewSet",
    "Paths",
    "Question",
    "RecordViewSet",
    "ReleaseViewSet",
    "Search",
    "SourceViewSet",
    "SuggestionViewSet",
    "context",
    "home",
    "side_by_side",
]
