"""The URL of the front page under /explore/; kb/views/html.py gives each answer of the API its own page."""

from django.urls import path

from symptoms import views

urlpatterns = [path("", views.AskView.as_view(), name="ask")]
