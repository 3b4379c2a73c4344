"""Some thousand mails made wrong; `make mutations` tries two hundred thousand, `make fuzz` looks for more."""

from __future__ import annotations

import pytest

from scanner.message import limits
from scanner.message.parse import parse
from tests.fuzz.exercise import MULTIPLE, READ, Trouble, exercise, timed, weighed
from tests.fuzz.mutate import run
from tests.fuzz.mutations import MUTATIONS, mutated
from tests.fuzz.seeds import seeds, tokens


def test_every_seed_is_read_as_it_must_be() -> None:
    """All letters of the tests and the hostile ones keep what the parser promises."""
    for raw in seeds().values():
        timed(exercise, raw)


def test_some_mutations_are_read_as_they_must_be() -> None:
    """No exception, nothing unreadable, the same by its parts, within time and memory."""
    found = run([*seeds().values()], 800, seed=3)
    assert (800, []) == (found.messages, [what for _, what in found.failures])


def test_the_same_seed_makes_the_same_mail() -> None:
    """So a failure can be tried again; another seed makes other mail."""
    originals = [*seeds().values()]
    assert [*mutated(originals, 50, seed=1)] == [*mutated(originals, 50, seed=1)]
    assert [*mutated(originals, 50, seed=1)] != [*mutated(originals, 50, seed=2)]
    assert 17 == len(MUTATIONS)


def test_the_dictionary_is_read_as_the_fuzzer_reads_it() -> None:
    """Escapes are octets."""
    assert {b"From: ", b"\r\n\r\n", b"\0", b'"', b"\\"} <= set(tokens())


def test_what_breaks_a_promise_is_seen() -> None:
    """The harness itself: work without end is ended, and an exception in the parser is not swallowed."""

    def without_end(_octets: bytes) -> None:
        while True:
            pass

    with pytest.raises(Trouble, match="processor time"):
        timed(without_end, b"", bound=0.02)


def test_a_parser_that_gives_up_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """`parse` never raises; what it caught comes out all the same."""

    def broken(_value: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("scanner.message.parse.parse_date", broken)
    with pytest.raises(ZeroDivisionError):
        exercise(b"From: jane@example.com\r\nDate: today\r\n\r\nx")


@pytest.mark.parametrize(
    "raw",
    [
        b"To: " + b"a@b," * 50_000 + b"\r\n\r\nx",
        b"".join(b"x%x:\r\n" % number for number in range(25_000)) + b"\r\nx",
        b"From: a@example.com\r\n\r\n" + b"a:\r\n" * 16_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 50_000,
    ],
    ids=["addresses", "fields", "lines", "parts"],
)
def test_memory_is_a_small_multiple_of_what_is_read(raw: bytes) -> None:
    """Objects cost more than octets, but only for the octets that are read."""
    weighed(raw)


def test_fifty_megabytes_take_no_more_memory_than_what_is_read_of_them() -> None:
    """Neither as text, nor as one header, nor as an attachment."""
    line = b"word and word and word and word\r\n" * 1_600_000
    head = b"From: jane@example.com\r\n"
    for raw in (
        head + b"\r\n" + line,
        head + b"X-Long: " + line.replace(b"\r\n", b"\r\n "),
        head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
        b"Content-Type: application/zip\r\n\r\n" + line + b"\r\n--b--\r\n",
    ):
        assert len(raw) > 50_000_000
        assert MULTIPLE * READ > weighed(raw)
        message = parse(raw)
        assert "jane@example.com" == message.sender.address
        assert limits.TEXT_CHARACTERS >= len(message.own_text)
