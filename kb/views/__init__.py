"""How records are read, and what the knowledge base answers."""

from kb.views.answers import Disagreements, Paths, Search, side_by_side
from kb.views.contents import Contents, Description, home
from kb.views.coverage import Coverage
from kb.views.questions import Question
from kb.views.records import CancerViewSet, MetastaticSiteViewSet, RecordViewSet, SourceViewSet
from kb.views.suggestions import SuggestionViewSet

__all__ = [
    "CancerViewSet",
    "Contents",
    "Coverage",
    "Description",
    "Disagreements",
    "MetastaticSiteViewSet",
    "Paths",
    "Question",
    "RecordViewSet",
    "Search",
    "SourceViewSet",
    "SuggestionViewSet",
    "home",
    "side_by_side",
]
