"""The routes of the peers that run on Django: DRF at the addresses of the knowledge base, django-ninja, plain bytes."""

from django.http import HttpResponse
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from benchmarks.contestants import PRODUCT_BYTES
from benchmarks.contestants.drf import SideEffectViewSet
from benchmarks.contestants.ninja_api import api

BYTES = PRODUCT_BYTES.read_bytes() if PRODUCT_BYTES.exists() else b""


def send_bytes(request, **kwargs):
    """Send the list as the knowledge base answered it: a view that does nothing."""
    return HttpResponse(BYTES, content_type="application/json")


router = DefaultRouter()
router.register("side-effects", SideEffectViewSet)
urlpatterns = [
    path("ninja/", api.urls),
    path("bytes/", send_bytes),
    path("api/v1/", include(router.urls)),
    *(
        path(f"api/v1/{kind}/<slug:slug>/", send_bytes, name=f"{name}-detail")  # For the addresses of references.
        for name, kind in [
            ("treatment", "treatments"),
            ("symptom", "symptoms"),
            ("cancer", "cancers"),
            ("source", "sources"),
        ]
    ),
]
