"""`make bench`: how quick and how big, on a real Dovecot and a made-up mailbox.

Rates depend on the machine; so the standard library's own parser runs beside ours, and the ratio
says more than either. Every figure is printed with what was measured.
"""

from __future__ import annotations

import argparse
import imaplib
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from scanner.cli import wiring
from scanner.message.parse import parse
from scanner.store import Store
from tests.benchmarks.mailbox import OWNER, Mail, contacts, mails, write_mboxes
from tests.dovecot import Account, Dovecot
from tests.people import raw_mail

WRONG = "wrong@client.example"
CONFIG = """
[[mailbox]]
name = "bench"
address = "{owner}"
[mailbox.imap]
host = "{host}"
port = {port}
security = "cleartext-i-know-it-is-readable"
username = "{user}"
password_env = "BENCH_PASSWORD"
[policy]
daily_cap = 100000
forbidden_pairs = [["{owner}", "{wrong}"]]
[watch]
poll_seconds = 600
[state]
dir = "{state}"
[log]
level = "error"
"""


def main() -> None:
    """Run what was asked for, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("latency", "scan", "score"), help="one part alone")
    parser.add_argument("--sends", type=int, default=50)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--contacts", type=int, default=5_000)
    options = parser.parse_args()
    say(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    with tempfile.TemporaryDirectory(prefix="oopsee-bench-") as name, Dovecot() as server:
        directory = Path(name)
        if options.only in {None, "latency"}:
            latency(server, directory, options.sends)
        if options.only in {None, "scan"}:
            scans(server, directory, options.messages)
        if options.only in {None, "score"}:
            scoring(options.contacts)


def say(text: str) -> None:
    """One line of the result."""
    print(text, flush=True)


# ---------------------------------------------------------------------- from Sent to the alert


def latency(server: Dovecot, directory: Path, sends: int) -> None:
    """From APPEND into Sent to the alert in the inbox; the poll is switched off, so IDLE does the work."""
    account = Account(server, server.fresh_user())
    account.append("Sent", *(raw_mail(number, sender=OWNER[1]) for number in range(1, 200)))
    config, state = write_config(directory, account)
    process = start(config, account, "run")
    wait_until_learnt(state)
    totals: list[float] = []
    notices: list[float] = []
    with (
        server.connection(account.user) as sent,
        server.connection(account.user) as inbox,
        noticed(account) as seen,
    ):
        inbox.select("INBOX", readonly=True)
        for number in range(1000, 1000 + sends):
            raw = raw_mail(number, sender=OWNER[1], to=[WRONG], date=datetime.now(UTC))
            begin = time.perf_counter()
            sent.append("Sent", "(\\Seen)", "", raw)
            while exists(inbox) < number - 999:
                time.sleep(0.002)
            end = time.perf_counter()
            while len(seen) < len(totals) + 1:
                time.sleep(0.002)
            totals.append(end - begin)
            notices.append(seen[len(totals) - 1] - begin)
            time.sleep(0.2)
    peak = stop(process)
    say(f"append to alert, {sends} sends: {spread(totals)}")
    say(f"  until the server tells another connection in IDLE: {spread(notices)}")
    say(f"  peak memory of the daemon: {peak:.0f} MiB")


@contextmanager
def noticed(account: Account) -> Iterator[list[float]]:
    """When a second client in IDLE hears of each message in Sent."""
    times: list[float] = []
    with account.server.connection(account.user) as line:
        line.select("Sent", readonly=True)
        line.send(b"x IDLE\r\n")

        def listen() -> None:
            while True:
                answer = line.readline()
                if not answer or answer.startswith(b"x "):
                    return
                if b"EXISTS" in answer:
                    times.append(time.perf_counter())

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield times
        line.send(b"DONE\r\n")
        thread.join(5)


def exists(line: imaplib.IMAP4) -> int:
    """How many messages the selected folder has."""
    line.noop()
    counts = line.untagged_responses.get("EXISTS", [b"0"])
    return int(bytes(counts[-1]))  # type: ignore[arg-type]  # typeshed's wider type


# ---------------------------------------------------------------------- scan


def scans(server: Dovecot, directory: Path, count: int) -> None:
    """Messages a second of `oopsee scan`, and of parsing alone, ours and the standard library's."""
    every = list(mails(count))
    octets = sum(len(mail.raw) for mail in every)
    say(f"mailbox: {count} messages, {sum(mail.folder == 'Sent' for mail in every)} sent, {octets >> 10} KiB")
    parsing(every)
    paths = write_mboxes(directory, every)
    account = Account(server, server.fresh_user())
    for folder in ("Sent", "INBOX"):
        account.append(folder, *(mail.raw for mail in every if mail.folder == folder))
    config, _ = write_config(directory, account)
    one = timed_scan(config, account, "--me", OWNER[1], *map(str, paths))
    two = timed_scan(config, account, "--config", str(config))
    for name, (seconds, peak, _) in (("mbox", one), ("IMAP", two)):
        rate = f"{count / seconds:.0f} messages/s"
        say(f"scan by {name}: {rate} ({seconds:.1f} s with start-up), peak {peak:.0f} MiB")
    say(f"  the same scores: {'yes' if scores(one[2]) == scores(two[2]) else 'NO'}")


def scores(output: bytes) -> list[str]:
    """The lines without what the policy of the configuration may change."""
    return [line.split('"alert"')[0] for line in output.decode("ascii").splitlines()]


def parsing(every: Sequence[Mail]) -> None:
    """Parsing alone: ours against the standard library's."""
    begin = time.perf_counter()
    for mail in every:
        parse(mail.raw)
    ours = len(every) / (time.perf_counter() - begin)
    begin = time.perf_counter()
    for mail in every:
        message = message_from_bytes(mail.raw, policy=policy.default)
        body = message.get_body(("plain", "html"))
        [message[name] for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID")]
        body.get_content() if body is not None else None
    theirs = len(every) / (time.perf_counter() - begin)
    say(f"parse: {ours:.0f} messages/s; standard library: {theirs:.0f} messages/s; ratio {ours / theirs:.2f}")


def timed_scan(config: Path, account: Account, *arguments: str) -> tuple[float, float, bytes]:
    """Seconds, peak memory in MiB and output of one scan."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = start(config, account, "scan", "--json", *arguments, stdout=output.fileno())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        output.seek(0)
        text = output.read()
    if process.returncode:
        message = f"scan ended with {process.returncode}"
        raise RuntimeError(message)
    return seconds, usage.ru_maxrss / 1024, text


# ---------------------------------------------------------------------- one message


def scoring(people: int) -> None:
    """Milliseconds to score and learn one message where the owner knows thousands of people."""
    judge = wiring.judge(frozenset({OWNER[1]}), None)
    for number, (_, address) in enumerate(contacts(people)):
        judge.received(parse(raw_mail(number, sender=address, to=[OWNER[1]])))
    begin = time.perf_counter()
    learnt = 0
    last: list[float] = []
    for mail in mails(8000, people=people, seed=2):
        message = parse(mail.raw)
        if mail.folder != "Sent":
            judge.received(message)
            continue
        begin = time.perf_counter()
        judge.sent(message)
        last.append(1000 * (time.perf_counter() - begin))
        learnt += 1
    last = last[-1000:]
    say(
        f"score and learn one message, {people} contacts, {learnt} sent before: "
        f"mean {statistics.mean(last):.2f} ms, "
        f"p50 {percentile(last, 50):.2f} ms, p95 {percentile(last, 95):.2f} ms"
    )
    begin = time.perf_counter()
    state = judge.state()
    say(f"history: {len(state) / 1024:.0f} KiB, written in {1000 * (time.perf_counter() - begin):.0f} ms")


# ---------------------------------------------------------------------- the command


def write_config(directory: Path, account: Account) -> tuple[Path, Path]:
    """A configuration for the account; its path and that of the state."""
    state = directory / f"state-{account.user}"
    path = directory / f"{account.user}.toml"
    text = CONFIG.format(
        owner=OWNER[1],
        host=account.server.host,
        port=account.server.port,
        user=account.user,
        wrong=WRONG,
        state=state,
    )
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path, state


def start(
    config: Path, account: Account, *arguments: str, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    """Run `oopsee`."""
    environment = os.environ | {"BENCH_PASSWORD": account.password}
    if arguments[0] == "run":
        arguments = (*arguments, "--config", str(config))
    return subprocess.Popen([sys.executable, "-m", "scanner", *arguments], env=environment, stdout=stdout)


def stop(process: subprocess.Popen[bytes]) -> float:
    """End the daemon; its peak memory in MiB."""
    process.send_signal(signal.SIGTERM)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024


def wait_until_learnt(state: Path) -> None:
    """Wait for the daemon to have read the past."""
    database = state / "oopsee.db"
    while True:
        if database.exists():
            with Store.open(database) as store:
                if "learnt" in store.mailbox("bench").health():
                    break
        time.sleep(0.1)
    time.sleep(2)


def spread(seconds: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    return f"p50 {1000 * percentile(seconds, 50):.0f} ms, p95 {1000 * percentile(seconds, 95):.0f} ms"


def percentile(values: Sequence[float], share: int) -> float:
    """The value that `share` per cent do not exceed, interpolated."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


if __name__ == "__main__":
    main()
