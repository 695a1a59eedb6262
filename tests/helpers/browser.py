"""Pages of a real browser that collect what goes wrong on them."""

from contextlib import contextmanager


def is_page_error(message):
    """Return whether the page itself reports an error; axe, which only looks at the page, has no address."""
    return message.type == "error" and bool(message.location["url"])


@contextmanager
def open_page(browser, url):
    """Open a page whose `errors` collect what its console says and each request to another host."""
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page, page.errors = context.new_page(), []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text) if is_page_error(message) else None)
    page.on("request", lambda request: request.url.startswith((url, "data:")) or page.errors.append(request.url))
    yield page
    context.close()
