"""The addresses of treatments."""

from rest_framework.routers import SimpleRouter

from treatments import views

router = SimpleRouter()
router.register("treatments", views.TreatmentViewSet)
router.register("indications", views.IndicationViewSet)
router.register("cautions", views.CautionViewSet)

urlpatterns = router.urls
