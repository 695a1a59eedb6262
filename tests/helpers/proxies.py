"""A TCP proxy on the loopback address that can be frozen, cut and closed, as a network or a server can."""

import selectors
import socket
import threading
from contextlib import contextmanager

CHUNK = 65_536


class FreezableProxy:
    """Forwards connections to a server; frozen, it takes what comes and passes nothing on."""

    def __init__(self, target):
        self.target, self.is_frozen, self.is_closed = target, False, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pairs, self.lock = [], threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.is_closed:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            with self.lock:
                self.pairs.append((client, server))
            threading.Thread(target=self.forward, args=(client, server), daemon=True).start()

    def forward(self, client, server):
        """Pass on what comes, both ways, until one side ends."""
        with selectors.DefaultSelector() as selector, client, server:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            try:
                while not self.is_closed:
                    for key, _ in () if self.is_frozen else selector.select(timeout=0.05):
                        data = key.fileobj.recv(CHUNK)
                        if not data:
                            return
                        key.data.sendall(data)
                    if self.is_frozen:
                        threading.Event().wait(0.05)
            except (OSError, ValueError):
                return

    def cut(self):
        """End all connections at once."""
        with self.lock:
            for sockets in self.pairs:
                for side in sockets:
                    side.close()
            self.pairs.clear()

    def close(self):
        """Take no connections any more, as a server that has stopped."""
        self.is_closed = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()


@contextmanager
def run_proxy(host, port):
    """Run a proxy in front of a server."""
    proxy = FreezableProxy((host, port))
    try:
        yield proxy
    finally:
        if not proxy.is_closed:
            proxy.close()
