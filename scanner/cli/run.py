"""`oopsee run`: the daemon."""

from __future__ import annotations

import os
import signal
import sys
import threading

from scanner.cli import options

RENEWAL = 35.0
"""Seconds that a stop waits for the renewal of a token at most: longer than a request to a provider takes."""


def run(*, config: options.Config = None) -> None:
    """Watch every configured mailbox until told to stop (Ctrl-C, SIGTERM)."""
    from scanner import log
    from scanner.cli.wiring import opened, serving
    from scanner.oauth.uninterrupted import settled

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with opened(options.config_path(config)) as found:
        wanted = found.settings.log
        log.configure(form=wanted.format, level=wanted.level, key=found.store.derive("log"))
        with serving(found):
            ended = found.daemon.run(stop)
        if not ended:
            # A thread still waits for a server or a name lookup. Nothing of its work is half done:
            # what is not committed is read again. Only a new token would be lost.
            settled(RENEWAL)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
