"""Figures for Prometheus, read from the store at each scrape. Their labels name mailboxes, never people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from scanner import __version__
from scanner.errors import ConfigError, ScannerError
from scanner.extras import install
from scanner.store import MailboxStatus, Store

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily, Metric

WORKS: Mapping[str, str] = {"pass": "look at the folders", "delivery": "delivery to the owner"}
"""The kinds of work whose last success and failures are told."""

CAUSES = ("certificate", "contact", "folder", "login", "missing", "model", "quarantine")


class Figures:
    """Collects the figures of the named mailboxes; `clock` gives the present moment."""

    def __init__(self, store: Store, mailboxes: Sequence[str], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._mailboxes = mailboxes
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """All figures as of now; with a store in trouble only that it is."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415  an extra

        yield InfoMetricFamily("oopsee", "This program.", {"version": __version__})
        up = GaugeMetricFamily("oopsee_store_up", "Whether the state database can be read.")
        try:
            found = [self._store.mailbox(name).status() for name in self._mailboxes]
        except ScannerError as error:
            structlog.get_logger("oopsee").warning("metrics", error=type(error).__name__, what=str(error))
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from self._of(found)

    def _of(self, found: Sequence[MailboxStatus]) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415

        messages = CounterMetricFamily("oopsee_messages", "Messages read.", labels=("mailbox", "direction"))
        verdicts = CounterMetricFamily(
            "oopsee_verdicts", "Sent messages by what was done about them.", labels=("mailbox", "action")
        )
        failures = CounterMetricFamily("oopsee_failures", "Work that failed.", labels=("mailbox", "work"))
        alerts = _gauge("oopsee_alerts", "Alerts and digests by where they stand.", "state")
        oldest = _gauge("oopsee_oldest_pending_seconds", "Age of the oldest alert that waits, 0 for none.")
        success = _gauge("oopsee_last_success_timestamp_seconds", "When work last went well.", "work")
        blind = _gauge("oopsee_blind", "Whether a time of blindness lasts, by its cause.", "cause")
        quarantined = _gauge("oopsee_quarantined_messages", "Messages that were not understood.")
        now = self._clock()
        for one in found:
            for direction in ("sent", "received", "skipped"):
                messages.add_metric([one.name, direction], getattr(one, direction))
            for action in ("alert", "digest", "silent"):
                verdicts.add_metric([one.name, action], one.verdicts.get(action, 0))
            for state in ("pending", "delivered", "expired"):
                alerts.add_metric([one.name, state], one.alerts.get(state, 0))
            waits = (now - one.oldest_pending).total_seconds() if one.oldest_pending else 0.0
            oldest.add_metric([one.name], max(0.0, waits))
            for work in WORKS:
                health = one.health.get(work)
                failures.add_metric([one.name, work], health.errors if health else 0)
                if health and health.at:
                    success.add_metric([one.name, work], health.at.timestamp())
            lasting = {episode.cause for episode in one.episodes if episode.ended_at is None}
            for cause in CAUSES:
                blind.add_metric([one.name, cause], cause in lasting)
            quarantined.add_metric([one.name], one.quarantined)
        yield from (messages, verdicts, failures, alerts, oldest, success, blind, quarantined)


def _gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

    return GaugeMetricFamily(name, meaning, labels=("mailbox", *labels))


@contextmanager
def served(
    store: Store, mailboxes: Sequence[str], clock: Callable[[], datetime], *, host: str, port: int
) -> Iterator[int]:
    """Serve /metrics for the time of the block; the port that it is on (`port` 0: any free one).

    Raises `ConfigError` where the library is missing or the address cannot be had.
    """
    try:
        from prometheus_client import (  # noqa: PLC0415
            CollectorRegistry,
            ProcessCollector,
            start_http_server,
        )
    except ImportError:
        message = "metrics_port needs the Python library prometheus-client, which is not installed."
        raise ConfigError(message, remedy=f"Run: {install('metrics')}") from None
    registry = CollectorRegistry()
    registry.register(Figures(store, mailboxes, clock))
    ProcessCollector(registry=registry)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        message = f"The metrics cannot be served on {host} port {port}: {error.strerror or error}."
        raise ConfigError(
            message, remedy="Choose another metrics_port or metrics_host, or 0 for no metrics."
        ) from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
