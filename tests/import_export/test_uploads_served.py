"""Hostile uploads on the real server, through the admin's own form: it says what is wrong, and goes on answering."""

import html
import re
import uuid
from http.client import HTTPConnection

import pytest
from django.test import Client

from kb.utils.uploads.limits import MAX_SECONDS
from tests.helpers.hostile_files import row, sheet, workbook
from tests.helpers.scratch import get_shared_url
from tests.helpers.servers import get, run_server

TOKEN = "t" * 32
FILES = [
    ("deep.yaml", b"- " * 8_000 + b"x", "deep in each other"),
    ("wide.csv", b",".join([b"c"] * 500_000) + b"\n1", "500,000 columns"),
    ("long.xlsx", workbook(sheet(row(1, "slug"), row(2, "a" * 40_000_000))), "32,767 characters"),
]


def upload(port, session, name, content):
    """Send a file to the form of an import as a browser does; return the status and the page."""
    boundary = uuid.uuid4().hex
    fields = [f'name="csrfmiddlewaretoken"\r\n\r\n{TOKEN}', 'name="why"\r\n\r\nRead once more.']
    body = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {field}\r\n" for field in fields).encode()
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode()
    body += b"Content-Type: application/octet-stream\r\n\r\n" + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Cookie": f"csrftoken={TOKEN}; sessionid={session}",
    }
    connection = HTTPConnection("127.0.0.1", port, timeout=2 * MAX_SECONDS)
    try:
        connection.request("POST", "/admin/symptoms/symptom/import/", body, headers)
        response = connection.getresponse()
        return response.status, html.unescape(response.read().decode())
    finally:
        connection.close()


@pytest.mark.slow
def test_the_site_goes_on_after_each_hostile_upload(transactional_db, universe, users, tmp_path):
    client = Client()
    client.force_login(users["editor"])
    session = client.cookies["sessionid"].value
    with run_server(get_shared_url(tmp_path), DEBUG="1") as port:  # Static files by their own names.
        for name, content, message in FILES:
            status, page = upload(port, session, name, content)
            errors = re.findall(r'<ul class="errorlist"[^>]*><li>(.*?)</li>', page)
            assert (status, len(errors)) == (200, 1), page[:500]
            assert message in errors[0]
            assert get(port, "/api/v1/symptoms/")[0] == 200
        status, _ = upload(port, session, "good.csv", b"slug,summary\npain,It hurts.\n")
        assert status == 302
