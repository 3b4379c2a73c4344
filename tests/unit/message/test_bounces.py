"""Reports of delivery: whom a mail did not reach."""

from __future__ import annotations

import pytest

from scanner.message.bounces import DeliveryFailure, delivery_failures
from scanner.message.parse import from_record, parse
from tests import mails

REPORT = """Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;info@acme.example
Final-Recipient: rfc822; Bruno.Weis@acme.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user
"""


def _report(*parts: str, sender: str = "MAILER-DAEMON@mx.example") -> bytes:
    body = mails.joined(mails.part("text/plain", "It could not be delivered."), *parts, boundary="=_b")
    head = (
        f"From: {sender}\r\nTo: anna@example.org\r\nSubject: Undelivered\r\nMessage-ID: <r@mx.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\r\n\r\n'
    )
    return (head + body).encode()


def test_a_report_names_the_recipient_the_status_and_the_mail_that_came_back() -> None:
    """RFC 3464: fields of the status part, the Message-ID from the returned headers."""
    status = mails.part("message/delivery-status", REPORT.format(action="failed", status="5.1.1"))
    headers = mails.part("text/rfc822-headers", "Message-ID: <first@example.org>\r\nFrom: anna@example.org")

    message = parse(_report(status, headers))

    assert (DeliveryFailure("bruno.weis@acme.example", "5.1.1", "<first@example.org>"),) == message.failures
    assert () == message.attachments


@pytest.mark.pitfall("rfc-3464")
@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.1"), ("failed", "4.2.2"), ("delivered", "2.1.5"), ("relayed", "2.1.9")],
)
def test_delays_and_successes_are_no_failures(action: str, status: str) -> None:
    """A server that still tries, or that has delivered, says nothing of a wrong address."""
    assert () == delivery_failures(REPORT.format(action=action, status=status))


def test_what_a_server_writes_for_people_is_read_where_there_are_no_fields() -> None:
    """An address and a status 5.x.x behind it, as most servers put it."""
    text = "Sorry.\n\n<bruno.weis@acme.example>: host mx.acme.example said: 550\n    5.1.1 User unknown\n"
    record = {"from": {"name": "", "address": "mailer-daemon@example.org"}, "body": text}

    assert (DeliveryFailure("bruno.weis@acme.example", "5.1.1"),) == from_record(record).failures


def test_a_person_who_quotes_a_report_reports_nothing() -> None:
    """Anybody can paste such lines into a mail."""
    status = mails.part("message/delivery-status", REPORT.format(action="failed", status="5.1.1"))

    assert () == parse(_report(status, sender="eve@acme.example")).failures


def test_an_endless_report_is_read_up_to_a_bound() -> None:
    """A report of a hundred thousand failures names at most fifty."""
    text = "".join(
        f"Final-Recipient: rfc822; a{n}@x.example\nAction: failed\nStatus: 5.1.1\n" for n in range(9_999)
    )

    assert 50 == len(delivery_failures(text))
