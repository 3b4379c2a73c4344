"""What broke other programs that read mail from a server."""

from __future__ import annotations

import time

import pytest

from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.mailbox.reader import fetch_new
from scanner.mailbox.trouble import RefusedError
from tests.fake_imap import Answer, FakeImap


@pytest.mark.pitfall("home-assistant-20642-status")
def test_a_search_that_is_refused_is_no_empty_folder() -> None:
    """The words of the refusal are no UIDs, and the folder is not taken for read."""
    refusal: Answer = ([], b"NO [BADCHARSET (US-ASCII)] The specified charset is not supported.")
    with FakeImap(lambda name, _rest: refusal if name == "UID SEARCH" else "usual") as server:
        endpoint = ImapEndpoint("localhost", server.port, "anna", lambda: "x", "cleartext", timeout=5)
        with Session(endpoint, clock=time.monotonic) as session, pytest.raises(RefusedError) as caught:
            list(fetch_new(session, "Sent"))

    assert "BADCHARSET" in str(caught.value)
