"""`make bench`: what looking for mail costs the server and the line, with NOTIFY and with IDLE alone.

The daemon runs as `oopsee run` does; a proxy between it and a real Dovecot counts. A round trip is a turn
of the daemon to speak after the server has spoken, over both connections together.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.bench import WRONG, say, start, stop, wait_until_learnt, write_config
from tests.benchmarks.mailbox import OWNER
from tests.dovecot import Account, Dovecot
from tests.faults.proxy import Line, Proxy
from tests.meter import Meter, Traffic
from tests.people import raw_mail

SENDS = 10
POLLS = 10.0
"""Seconds in which polls, one a second, are counted."""

HEARD = 5.0
"""Seconds after which a message counts as not announced."""


class Plain(Meter):
    """A server that has no NOTIFY."""

    def down(self, line: Line, octets: bytes) -> bytes:
        """Say nothing of it."""
        return super().down(line, octets).replace(b" NOTIFY", b"")


@dataclass(frozen=True, slots=True)
class Place:
    """A mailbox that is watched through a line that is counted."""

    account: Account
    proxy: Proxy
    meter: Meter


def main() -> None:
    """Print the figures."""
    for name, meter in (("NOTIFY", Meter), ("IDLE alone", Plain)):
        with tempfile.TemporaryDirectory(prefix="oopsee-trips-") as directory, Dovecot() as server:
            say(f"with {name}:")
            polls(server, Path(directory), meter())
            messages(server, Path(directory), meter())


@contextmanager
def watched(server: Dovecot, directory: Path, meter: Meter, *, poll: int) -> Iterator[Place]:
    """A daemon that has learnt a small past and is quiet."""
    account = Account(server, server.fresh_user())
    account.append("Sent", *(raw_mail(number, sender=OWNER[1]) for number in range(1, 50)))
    config, state = write_config(directory, account)
    with Proxy(server.port) as proxy, proxy.under(meter):
        text = config.read_text(encoding="utf-8").replace("poll_seconds = 600", f"poll_seconds = {poll}")
        config.write_text(text.replace(f"port = {server.port}", f"port = {proxy.port}"), encoding="utf-8")
        process: subprocess.Popen[bytes] = start(config, account, "run")
        try:
            wait_until_learnt(state)
            meter.take()
            yield Place(account, proxy, meter)
        finally:
            stop(process)


def polls(server: Dovecot, directory: Path, meter: Meter) -> None:
    """Looks that find nothing."""
    with watched(server, directory, meter, poll=1) as place:
        time.sleep(POLLS)
        count = sum(b" STATUS " in command for command in meter.commands) / 2
        all_of_it = meter.take()
        say(f"  connections held: {len(place.proxy.lines())}")
        say(
            f"  a poll of Sent and INBOX that finds nothing ({count:.0f} polls): "
            f"{all_of_it.trips / count:.2f} round trips, {all_of_it.up / count:.0f} octets up, "
            f"{all_of_it.down / count:.0f} down"
        )


def messages(server: Dovecot, directory: Path, meter: Meter) -> None:
    """Messages that come one by one; the poll is ten minutes away."""
    with (
        watched(server, directory, meter, poll=600) as place,
        server.connection(place.account.user) as inbox,
    ):
        inbox.select("INBOX", readonly=True)

        def alerted(before: int) -> bool:
            inbox.noop()
            counts = inbox.untagged_responses.get("EXISTS", [b"0"])
            return int(bytes(counts[-1])) > before  # type: ignore[arg-type]  # typeshed's wider type

        alerts, quiet, received = [], [], []
        for number in range(SENDS):
            raw = raw_mail(1000 + number, sender=OWNER[1], to=[WRONG], date=datetime.now(UTC))
            alerts.append(one(place, "Sent", raw, lambda before=number: alerted(before)))  # type: ignore[misc]
            if alerts[-1][0] is None:
                message = "an alert never came"
                raise RuntimeError(message)
        for number in range(SENDS):
            raw = raw_mail(2000 + number, sender=OWNER[1], date=datetime.now(UTC))
            quiet.append(one(place, "Sent", raw, lambda: fetched(meter)))
        for number in range(SENDS):
            raw = raw_mail(3000 + number, sender="bruno@firm.example", to=[OWNER[1]], date=datetime.now(UTC))
            received.append(one(place, "INBOX", raw, lambda: fetched(meter)))
            if received[-1][0] is None:
                break
        say(f"  messages of {len(raw)} octets:")
        tell("a sent message, from APPEND until its alert is there", alerts)
        tell("a sent message without alert", quiet)
        tell("a received message", received)


def fetched(meter: Meter) -> bool:
    """Whether mail is being read."""
    return any(b" FETCH " in command for command in list(meter.commands))


Took = tuple[float | None, Traffic, Traffic]
"""Seconds until what was waited for, None where it never came; the traffic until then, and after it."""


def one(place: Place, folder: str, raw: bytes, done: Callable[[], bool]) -> Took:
    """File one message and count until it is dealt with, and then until all is quiet."""
    place.meter.take()
    place.account.append(folder, raw)
    begun = time.monotonic()
    while not done():
        if time.monotonic() > begun + HEARD:
            return None, place.meter.take(), Traffic()
        time.sleep(0.005)
    took = time.monotonic() - begun
    until_then = place.meter.take()
    time.sleep(1.5)
    return took, until_then, place.meter.take()


def tell(what: str, every: Sequence[Took]) -> None:
    """Medians in one line."""
    if any(took is None for took, _, _ in every):
        say(f"    {what}: is not announced; the next poll finds it")
        return

    def middle(of: Callable[[Took], float]) -> str:
        return f"{statistics.median(of(one) for one in every):.0f}"

    def traffic(of: Callable[[Took], Traffic]) -> str:
        return (
            f"{middle(lambda one: of(one).trips)} round trips, {middle(lambda one: of(one).up)} octets up, "
            f"{middle(lambda one: of(one).down)} down"
        )

    say(
        f"    {what}: {middle(lambda one: 1000 * (one[0] or 0.0))} ms; {traffic(lambda one: one[1])}; "
        f"with what follows {traffic(lambda one: one[1] + one[2])}"
    )


if __name__ == "__main__":
    main()
