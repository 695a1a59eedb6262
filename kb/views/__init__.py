"""How records are read, and what the knowledge base answers."""

from kb.views.answers import Disagreements, Paths, Search, side_by_side
from kb.views.changes import Changes
from kb.views.contents import Contents, Description, Docs, context, home
from kb.views.coverage import Coverage
from kb.views.questions import Question
from kb.views.records import CancerViewSet, MetastaticSiteViewSet, RecordViewSet, SourceViewSet
from kb.views.releases import ReleaseViewSet
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
