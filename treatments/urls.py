"""API routes of treatments and of the statements about them."""

from rest_framework.routers import SimpleRouter

from kb.models import resource_name
from treatments import views

router = SimpleRouter()
for viewset in (views.TreatmentViewSet, views.IndicationViewSet, views.CautionViewSet):
    router.register(resource_name(viewset.queryset.model), viewset)

urlpatterns = router.urls
