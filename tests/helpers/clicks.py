"""Jobs done in a real browser: the clicks, the windows and the seconds that each person needs for one."""

import os
import time
from collections import Counter

from tests.helpers.browser import find_violations

REPORT_PRESS = "addEventListener('pointerdown', (event) => event.isTrusted && reportPress(), true)"
LAPTOP = {"width": 1366, "height": 768}


class Job:
    """Counts the presses of the mouse and the seconds of each person at a page, and the windows that open."""

    def __init__(self, page):
        self.page, self.person, self.clicks, self.seconds, self.windows = page, None, Counter(), Counter(), []
        page.context.expose_function("reportPress", self.count_press)
        page.context.add_init_script(REPORT_PRESS)
        page.context.on("page", lambda window: self.windows.append(window))
        page.set_viewport_size(LAPTOP)
        page.set_default_timeout(30_000)

    def count_press(self):
        self.clicks[self.person] += 1

    def sign_in(self, name):
        """Sign somebody in, in place of whoever was; what follows is theirs."""
        self.stop()
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        self.page.goto("/admin/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", "a long enough password")
        self.page.press("#id_password", "Enter")
        self.page.wait_for_url("**/admin/")
        self.person, self.began = name, time.monotonic()

    def stop(self):
        """End the turn of whoever is at the page."""
        if self.person:
            self.seconds[self.person] += time.monotonic() - self.began
        self.person = None

    def look(self, name):
        """Check the page with axe and for its width; keep a picture where a folder is named; it costs nobody time."""
        paused = time.monotonic()
        if pictures := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=f"{pictures}/{name}.png", full_page=True)
        assert find_violations(self.page, context="#content-main") == []
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        self.began += time.monotonic() - paused

    def report(self):
        """End the turn of the last person; print and return the clicks of each."""
        self.stop()
        parts = [f"{name}: {self.clicks[name]} clicks, {self.seconds[name]:.1f} s" for name in self.seconds]
        print(f"\n{'; '.join(parts)}; {len(self.windows)} windows")
        return self.clicks
