"""An IMAP server inside this process, in memory and on the loopback address only (pymap).

It knows neither SPECIAL-USE nor TLS, which the demo's settings therefore say in words. It is a
stage for the demo and for quick tests; nothing of it is used beside a real mailbox.
"""

from __future__ import annotations

import asyncio
import threading
from argparse import Namespace
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self, TypeVar

from proxyprotocol.noop import ProxyProtocolNoop
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Seen
from pymap.user import Passwords, UserMetadata
from pysasl.hashing import BuiltinHash

from scanner.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from types import TracebackType
    from typing import Any

HOST: Final = "127.0.0.1"
FOLDERS: Final = ("Sent", "Drafts")
_SECONDS: Final = 30.0
_T = TypeVar("_T")


class _Config(Config):
    @property
    def greeting(self) -> bytes:
        """A greeting that does not ask the network for this machine's name."""
        return b"Oopsee demo server ready"


class DemoServer:
    """The embedded server: started, filled, connected to by anybody who knows the password, stopped.

    Parameters
    ----------
    user, password
        The one account. It has the folders INBOX, Sent and Drafts.
    """

    def __init__(self, *, user: str, password: str) -> None:
        self.host = HOST
        self.port = 0
        self.user = user
        self.password = password
        self._thread: threading.Thread | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._mailboxes: dict[str, MailboxData] = {}
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on a free port; `port` is known afterwards. Raises `PermanentError` where that fails."""
        self._thread = threading.Thread(target=self._run, name="demo-imap", daemon=True)
        self._thread.start()
        self._ready.wait(_SECONDS)
        if self._failure is not None:
            raise PermanentError(
                f"The demo's mail server could not start ({self._failure}).",
                remedy=f"See whether this machine lets a program listen on {HOST}.",
            ) from self._failure

    def stop(self) -> None:
        """Hang up on everybody and end the thread. Safe to call twice."""
        if self._thread is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_SECONDS)
        self._thread = None

    def prefill(self, messages: Sequence[tuple[str, bytes, datetime]]) -> None:
        """Put many messages (folder, octets, when they came) straight into memory, all as read."""
        self._wait(self._append_all(messages))

    def append(self, folder: str, raw: bytes, when: datetime) -> int:
        """Put one message into a folder, as a mail program does after sending; gives its UID."""
        return self._wait(self._append(folder, raw, when))

    def count(self, folder: str) -> int:
        """How many messages the folder holds."""

        async def counted() -> int:
            return len([message async for message in self._mailboxes[folder].messages()])

        return self._wait(counted())

    def _wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        config = _Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=self.host,
            port=0,
            tls_enabled=False,
            reject_dnsbl=False,
            hash_context=BuiltinHash(rounds=1),  # the password lives for as long as the demo does
            proxy_protocol=ProxyProtocolNoop(),
            demo_data=False,
            demo_user=self.user,
            demo_password=self.password,
        )
        config.apply_context()
        login = Login(config)
        hashed = await Passwords(config).hash_password(self.password)
        await login.demo_user_identity.set(UserMetadata(config, self.user, password=hashed))
        folders = MailboxSet()
        for name in FOLDERS:
            await folders.add_mailbox(name)
        config.set_cache[self.user] = (folders, FilterSet())
        self._mailboxes = {name: await folders.get_mailbox(name) for name in ("INBOX", *FOLDERS)}

        serve = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
        server = await asyncio.start_server(serve, self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _append_all(self, messages: Sequence[tuple[str, bytes, datetime]]) -> None:
        for folder, raw, when in messages:
            await self._append(folder, raw, when)

    async def _append(self, folder: str, raw: bytes, when: datetime) -> int:
        message = await self._mailboxes[folder].append(AppendMessage(raw, when, frozenset({Seen})))
        return message.uid
