"""Pages of a real browser that collect what goes wrong on them."""

from contextlib import contextmanager

ADMIN_RULES = {"rules": {"region": {"enabled": False}}}  # What Django's admin gives around every page is not ours.


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


def find_violations(page, context=None, options=None):
    """Return what axe finds wrong on a page, or in a part of it, once that is loaded: the rules, each with its HTML.

    A click returns when the next page has begun to arrive: whoever looks at it must wait until it is there.
    """
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_load_state("load")
    if context:
        page.wait_for_selector(context)
    faults = Axe().run(page, context=context, options=options).response["violations"]
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in faults]
