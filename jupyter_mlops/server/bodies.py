"""Bodies of requests: of those who are known, and never more of one than may be kept."""

from __future__ import annotations

from jupyter_server.base.handlers import APIHandler
from tornado import web

LARGEST = 1_000_000  # bytes; see also `webhook.LARGEST`


@web.stream_request_body
class Bodied(APIHandler):
    """Takes the body as it comes, and keeps it where it is not too large. Whoever is not known need not send
    it: a refusal is told before, and that the connection ends with it."""

    _is_unread = False

    async def prepare(self) -> None:  # type: ignore[override]  # as in the class above
        """Before the body comes."""
        self._body, self._size = bytearray(), 0
        try:
            await super().prepare()
            if not self.current_user and self.request.method != "OPTIONS":
                raise web.HTTPError(403)
        except Exception:
            self._is_unread = True
            raise

    def set_default_headers(self) -> None:
        """Of every answer, those of errors as well."""
        super().set_default_headers()
        if self._is_unread:  # Tornado then closes it, and does not say so
            self.set_header("Connection", "close")

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body, as far as it may be."""
        self._size += len(chunk)
        if self._size <= LARGEST:
            self._body += chunk
        else:
            self._body.clear()

    @property
    def sent(self) -> bytes | None:
        """The body; None where it is too large."""
        return bytes(self._body) if self._size <= LARGEST else None
