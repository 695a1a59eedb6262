"""Threads that work until they are stopped: the clients of the trials of a cluster."""

import threading


class ThreadGroup:
    """Threads that run together for the time of a `with` block; each looks at `is_stopped` now and then."""

    def __init__(self, targets):
        self.is_stopped, self.lock = False, threading.Lock()
        self.threads = [threading.Thread(target=target, daemon=True) for target in targets]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.is_stopped = True
        for thread in self.threads:
            thread.join()
