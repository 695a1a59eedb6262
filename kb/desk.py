"""The desk of the editors: the admin's own site, and what stands on its first page."""

from django.contrib import admin


class Desk(admin.AdminSite):
    """The admin of the knowledge base."""

    site_header = "Bone and joint pain in cancer"
    site_title = "Knowledge base"
    index_title = "What is in the knowledge base"
