"""Messages a second of `parse`, beside the standard library's parser doing less, in the same run.

    python -m tests.benchmarks.parse [FILE.mbox ...]

Without files a made-up set of mails of about 2 kB is used: plain, replies, forwards, HTML with
plain text, many recipients.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import mailbox
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage

from scanner.message.parse import parse

ROUNDS = 5
WORDS = (
    "the plan for Monday is attached and Anna Rossi will send the numbers to Tom before noon so we go on"
).split()


def samples() -> list[bytes]:
    """Make some mails of the usual kinds."""
    body = (
        "Hi Tom,\n\n"
        + "\n".join(" ".join(WORDS[i % 9 :] + WORDS[: i % 5]) + "." for i in range(9))
        + "\n\nBest regards,\nJane\n"
    )
    quote = "\nOn Tue, 5 Mar 2024 at 10:00, Tom Roe <tom@example.org> wrote:\n" + "".join(
        f"> {' '.join(WORDS[:12])}\n" for _ in range(9)
    )
    block = (
        "\n-----Original Message-----\nFrom: Tom Roe <tom@example.org>\nSent: Tuesday\nTo: Doe, Jane; "
        "Rossi, Anna; Bianchi, Luca\n"
        "Cc: Poe, Ann\nSubject: plan\n\n" + "\n".join(" ".join(WORDS) for _ in range(6))
    )
    made = []
    for number, text in enumerate(
        (body * 2, body + quote, body + block, "fyi\n" + block, body + quote + block)
    ):
        for people in (1, 3, 20):
            mail = EmailMessage()
            mail["From"] = "Jane Doe <jane@example.com>"
            mail["To"] = ", ".join(f"Person {i} <person{i}@example.org>" for i in range(people))
            mail["Subject"] = f"Re: plan {number}"
            mail["Date"] = "Tue, 05 Mar 2024 10:00:00 +0100"
            mail["Message-ID"] = f"<{number}.{people}@example.com>"
            mail["Received"] = "from a.example by b.example; Tue, 05 Mar 2024 10:00:01 +0100"
            mail.set_content(text, cte="quoted-printable" if number % 2 else "7bit")
            if people == 3:
                mail.add_alternative("<p>" + text.replace("\n", "<br>\n") + "</p>", subtype="html")
            made.append(mail.as_bytes())
    return made


def read_by_standard_library(raw: bytes) -> tuple[object, ...]:
    """Do what the standard library offers of the same: fields, addresses, date and body."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain", "html"))
    people = email.utils.getaddresses([str(mail.get("to", "")), str(mail.get("cc", ""))])
    return (
        str(mail.get("from")),
        people,
        str(mail.get("subject")),
        mail.get("date"),
        body.get_content() if body else "",
    )


def rate(read: Callable[[bytes], object], mails: list[bytes]) -> float:
    """Messages a second and core: the best of some rounds, in processor time."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for raw in mails:
            try:
                read(raw)
            except (ValueError, LookupError, AttributeError, TypeError):
                continue  # the standard library raises on some mail; ours does not
        best = min(best, time.process_time() - start)
    return len(mails) / best


def main() -> None:
    """Print both rates."""
    mails = [
        box.get_bytes(key)
        for path in sys.argv[1:]
        for box in [mailbox.mbox(path, create=False)]
        for key in box.keys()  # noqa: SIM118
    ] or samples() * 20
    size = sum(map(len, mails)) / len(mails)
    parse(mails[0])
    ours, theirs = rate(parse, mails), rate(read_by_standard_library, mails)
    print(f"{len(mails)} mails of {size:,.0f} octets on average")
    print(f"scanner.message.parse   {ours:8,.0f} messages/s  {1000 / ours:6.3f} ms each")
    print(
        f"standard library        {theirs:8,.0f} messages/s  {1000 / theirs:6.3f} ms each (no own "
        f"text, quotes, names)"
    )


if __name__ == "__main__":
    main()
