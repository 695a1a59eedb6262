"""The front of the pages for people; each answer of the API has its page in kb/pages.py."""

from django.urls import path

from symptoms import views

urlpatterns = [path("", views.AskView.as_view(), name="ask")]
