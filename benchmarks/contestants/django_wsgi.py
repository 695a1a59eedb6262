"""The WSGI application of the peers that run on Django."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
