"""API routes of symptoms, of the statements about them, and of the questions ask, explain and differential."""

from rest_framework.routers import SimpleRouter

from kb.models import resource_name
from symptoms import views

router = SimpleRouter()
for viewset in (
    views.SymptomViewSet,
    views.InvestigationViewSet,
    views.SideEffectViewSet,
    views.ManagementOptionViewSet,
    views.ManifestationViewSet,
    views.RedFlagViewSet,
    views.ComparisonViewSet,
    views.SwitchViewSet,
    views.DiagnosticViewSet,
    views.RiskFactorViewSet,
    views.DistinguishingFeatureViewSet,
    views.GuidanceViewSet,
):
    router.register(resource_name(viewset.queryset.model), viewset)

urlpatterns = [
    views.AskView.build_url_pattern(),
    views.ExplainView.build_url_pattern(),
    views.DifferentialView.build_url_pattern(),
    *router.urls,
]
