"""The URL of the front page under /explore/; kb/views/html.py gives each answer of the API its own page."""

from django.urls import path

from kb.views.html import as_html_view
from symptoms import views

urlpatterns = [path("", as_html_view(views.AskView.as_view()), name="ask")]
