"""The addresses of symptoms and care."""

from rest_framework.routers import SimpleRouter

from symptoms import views

router = SimpleRouter()
router.register("symptoms", views.SymptomViewSet)
router.register("investigations", views.InvestigationViewSet)
router.register("side-effects", views.SideEffectViewSet)
router.register("management-options", views.ManagementOptionViewSet)
router.register("manifestations", views.ManifestationViewSet)
router.register("red-flags", views.RedFlagViewSet)
router.register("comparisons", views.ComparisonViewSet)
router.register("switches", views.SwitchViewSet)
router.register("diagnostics", views.DiagnosticViewSet)
router.register("risk-factors", views.RiskFactorViewSet)
router.register("distinguishing-features", views.DistinguishingFeatureViewSet)
router.register("guidance", views.GuidanceViewSet)

urlpatterns = [
    views.ExplainView.build_url_pattern(),
    views.DifferentialView.build_url_pattern(),
    *router.urls,
]
