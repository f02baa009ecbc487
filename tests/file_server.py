"""A web server on this machine for downloads, which behaves as badly as it is told to."""

import hashlib
import http.server
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class File:
    """What is served under a name, and the ways in which that goes wrong.

    ``drops``: for each of the first answers, after how many bytes of the body the connection is cut.
    ``statuses``: for each of the first answers, an error in its place. ``length``: what is said to be the
    length, where that is a lie. ``ranges``, ``etag``, ``chunked``: whether parts are served, the file is
    marked, its length is left unsaid. ``hold``: an event to wait for in the middle of the body. ``endless``:
    the body goes on until nobody listens. ``redirect``: where the answer leads.
    """

    content: bytes
    drops: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    length: int | str | None = None
    ranges: bool = True
    etag: bool = True
    chunked: bool = False
    hold: threading.Event | None = None
    endless: bool = False
    redirect: str | None = None


class FileServer:
    """Files by name, and the list of what was asked for: name, range, and number of bytes sent."""

    def __init__(self, url):
        self.url = url
        self.files = {}
        self.asked = []
        self.sent = []

    def add(self, name, content, **ways):
        """Serve a file; returns its address."""
        self.files[name] = File(content, **ways)
        return f'{self.url}/{name}'


@contextmanager
def serve():
    """Run a server on a free port of 127.0.0.1."""
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), _Handler) as listener:
        listener.server = FileServer(f'http://127.0.0.1:{listener.server_port}')
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield listener.server
        for file in listener.server.files.values():
            if file.hold is not None:
                file.hold.set()
        listener.shutdown()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        server = self.server.server
        self.close_connection = True
        name = self.path.lstrip('/')
        server.asked.append((name, self.headers.get('Range')))
        file = server.files.get(name)
        if file is None or file.statuses:
            self.send_error(404 if file is None else file.statuses.pop(0))
            return
        start = self._start(file)
        body = file.content[start:]
        if start > 0 and not body:
            self.send_error(416)
            return
        self.send_response(302 if file.redirect else 206 if start else 200)
        if file.redirect:
            self.send_header('Location', file.redirect)
        if start:
            end = len(file.content)
            self.send_header('Content-Range', f'bytes {start}-{end - 1}/{end}')
        if file.etag:
            self.send_header('ETag', etag(file.content))
        if file.chunked:
            self.send_header('Transfer-Encoding', 'chunked')
        elif not file.endless:
            length = len(body) if file.length is None else file.length
            self.send_header('Content-Length', str(length))
        self.send_header('Connection', 'close')
        self.end_headers()
        try:
            self._send(file, body)
            while file.endless:
                self.wfile.write(bytes(1 << 16))
        except ConnectionError:
            pass  # the client has had enough

    def _start(self, file):
        """First byte to be sent: not 0 only where a part is asked for and the file is still the same."""
        match = re.fullmatch(r'bytes=(\d+)-', self.headers.get('Range', ''))
        if match and file.ranges and self.headers.get('If-Range') == etag(file.content):
            return int(match[1])
        return 0

    def _send(self, file, body):
        end = file.drops.pop(0) if file.drops else len(body)
        self.server.server.sent.append(end)  # before the client can have all of it
        if file.hold is not None:
            self.wfile.write(body[: end // 2])
            self.wfile.flush()
            file.hold.wait(20)
            body, end = body[end // 2 : end], end - end // 2
        if file.chunked and end:
            self.wfile.write(b'%x\r\n%s\r\n' % (end, body[:end]))
            if end == len(body):
                self.wfile.write(b'0\r\n\r\n')
        elif not file.chunked:
            self.wfile.write(body[:end])


def etag(content):
    """By what the server marks a file."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'
