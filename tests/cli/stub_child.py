"""One child of a stub mall: ``stub_child.py PORT NAME``. Its imports are few, so it starts at once.

``STUB_FAILS``, ``STUB_HANGS`` and ``STUB_STUBBORN`` name a child that misbehaves. ``STUB_SILENT``
says how often the API answers that it has not heard of the worker.
"""

import os
import signal
import socket
import sys
import time

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


def be(name: str, port: int) -> None:
    """Do what this child does, which is little."""
    if name == os.environ.get("STUB_FAILS"):
        sys.exit(f"{name} will not")
    if name == os.environ.get("STUB_STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if name == os.environ.get("STUB_HANGS"):
        time.sleep(600)
    if name in {"api", "wechat"}:
        answer(port)
    if name == "worker":
        time.sleep(600)


def answer(port: int) -> None:
    """Give every request the same answer, but for what it says of the worker."""
    silent = int(os.environ.get("STUB_SILENT", "0"))
    with socket.create_server(("127.0.0.1", port)) as listening:
        while True:
            connection, _ = listening.accept()
            word, silent = ("silent" if silent > 0 else "ok"), silent - 1
            print("told of the worker:", word, flush=True)  # noqa: T201 - a child's log
            with connection:
                connection.recv(65536)
                connection.sendall(HEAD + b'{"worker": "%s"}' % word.encode())


if __name__ == "__main__":
    # The fake WeChat is told its own port behind all else.
    be(sys.argv[2], int(sys.argv[4] if "--port" in sys.argv else sys.argv[1]))
