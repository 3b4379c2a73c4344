"""The order of an audit, what it leaves out, and the contract of its output."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.audit import (
    Finding,
    Past,
    hindsight,
    in_order,
    judged,
    line,
    parse_ids,
    parse_score_from,
    told,
    went,
    with_evidence,
)
from scanner.detect.evidence import Evidence, Kind, Lookback
from scanner.detect.verdict import Action, Reason, RecipientVerdict, Severity, Verdict
from scanner.errors import UsageError
from scanner.message.model import Message, Role
from scanner.message.owner import Owner
from tests.people import OWNER, a_message, a_verdict

ALIAS = "a.neri@firm.example"
US = frozenset({OWNER, ALIAS})
OTHER = "carla@client.example"


class Ledger:
    """A judge that writes down what it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def stream(self, mail: Iterable[tuple[Message, bool, bool]]) -> Iterator[Verdict]:
        """Score what was sent."""
        for message, sent, learn in mail:
            self.calls.append((("sent" if sent else "received") if learn else "unlearnt", message.message_id))
            if sent:
                yield a_verdict(message)


@pytest.mark.parametrize(
    ("folder_says", "sender", "expected"),
    [
        (True, OTHER, True),
        (False, OWNER, False),
        (None, OWNER, True),
        (None, ALIAS, True),
        (None, OTHER, False),
    ],
)
def test_the_folder_decides_and_the_sender_only_where_there_is_none(
    folder_says: bool | None, sender: str, expected: bool
) -> None:
    """Mail in an inbox is received whoever it claims to be from."""
    past = went(a_message(sender=sender), sent=folder_says, owner=US, only_own=False)

    assert past is not None
    assert expected == past.sent


def test_a_sub_address_is_its_owners() -> None:
    """Where no folder is named, mail from it was sent, and mail to it concerns the owner."""
    tagged, us = OWNER.replace("@", "+shop@"), Owner([OWNER])
    sent = went(a_message(sender=tagged, to=(OTHER,)), sent=None, owner=us, only_own=True)
    received = went(a_message(sender=OTHER, to=(tagged,)), sent=None, owner=us, only_own=True)

    assert [True, False] == [one is not None and one.sent for one in (sent, received)]
    assert received is not None


@pytest.mark.parametrize(
    ("sender", "to", "kept"),
    [(OTHER, (OTHER,), False), (OTHER, (ALIAS,), True), (OWNER, (OTHER,), True), (OTHER, (), False)],
)
def test_json_lines_leave_out_what_is_not_the_owners(sender: str, to: tuple[str, ...], kept: bool) -> None:
    """A file of many people's mail is read for one of them."""
    past = went(a_message(sender=sender, to=to), sent=None, owner=US, only_own=True)

    assert kept == (past is not None)


def test_our_own_alerts_are_no_part_of_the_past() -> None:
    """What Oopsee wrote is neither scored nor learnt."""
    assert went(a_message(ours=True), sent=True, owner=US, only_own=False) is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("ids", "sent", "left"),
    [
        (("<1@a.example>", ""), (True, True), [("<1@a.example>", True)]),
        (("<1@a.example>", ""), (False, True), [("<1@a.example>", True)]),
        (("<1@a.example>", "<2@b.example>"), (True, True), [("<1@a.example>", True)]),
        (
            ("<1@a.example>", "<2@a.example>"),
            (True, True),
            [("<1@a.example>", True), ("<2@a.example>", True)],
        ),
        (
            ("<1@a.example>", "<2@b.example>"),
            (False, False),
            [("<1@a.example>", False), ("<2@b.example>", False)],
        ),
    ],
)
def test_copies_of_one_digest_are_one_message_unless_their_ids_tell_them_apart(
    ids: tuple[str, str], sent: tuple[bool, bool], left: list[tuple[str, bool]], order: tuple[int, int]
) -> None:
    """A copy may lack its id, and provider and client may each give one to what was sent."""
    copies = [Past(way, a_message(1, message_id=one)) for one, way in zip(ids, sent, strict=True)]
    found = in_order(copies[place] for place in order)

    assert left == [(one.message.message_id, one.sent) for one in found]


def test_messages_come_by_date_then_id_then_digest() -> None:
    """Ties of the date are broken by the id; without a date a message comes last."""
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    second = a_message(1, date=moment, message_id="<b@x.example>")
    first = a_message(2, date=moment, message_id="<a@x.example>")
    undated = a_message(0, undated=True, message_id="<0@x.example>")
    early = a_message(3, date=moment.replace(year=2024), message_id="<z@x.example>")
    past = in_order(Past(sent=True, message=one) for one in (second, undated, first, early))

    assert [early, first, second, undated] == [one.message for one in past]


def test_of_copies_the_sent_one_stays() -> None:
    """A message in Sent and, by a list, in the inbox is one sent message."""
    copy, original = a_message(to=(OTHER, OWNER)), a_message(to=(OTHER, OWNER))
    past = in_order([Past(sent=False, message=copy), Past(sent=True, message=original)])

    assert [True] == [one.sent for one in past]


def test_copies_without_id_are_told_by_their_digest() -> None:
    """Two messages without Message-ID are one if their digests agree, else two."""
    one = a_message(message_id="")
    other = a_message(message_id="", text="Something else.")

    assert 2 == len(in_order(Past(sent=True, message=message) for message in (one, other, one)))


@st.composite
def pasts(draw: st.DrawFn) -> list[Past]:
    """Messages with many ties of date, id and copy."""
    numbers = draw(
        st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.booleans(), st.booleans()), max_size=12)
    )
    return [
        Past(
            sent=sent,
            message=a_message(
                number,
                undated=undated,
                message_id="" if bare else None,
                text=f"{number % 2}",
                subject=str(sent),
            ),
        )
        for number, sent, undated, bare in numbers
    ]


@given(pasts(), st.randoms())
def test_the_order_of_the_sources_changes_nothing(past: list[Past], random: object) -> None:
    """However the messages come in, the same ones stay in the same order."""
    mixed = list(past)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert in_order(past) == in_order(mixed)


def test_a_later_start_shows_the_tail_of_the_whole_audit() -> None:
    """Earlier messages shape what is learnt but are not shown; the first moment counts."""
    past = [Past(sent=True, message=a_message(number)) for number in range(5)]
    start = past[2].message.date
    whole = [one.verdict for one in judged(past, Ledger())]

    assert whole[2:] == [one.verdict for one in judged(past, Ledger(), score_from=start) if one.shown]


def test_undated_messages_are_after_every_start() -> None:
    """They come last, so that no start leaves them out."""
    past = [Past(sent=True, message=a_message(undated=True))]

    assert [True] == [
        one.shown for one in judged(past, Ledger(), score_from=datetime(2030, 1, 1, tzinfo=UTC))
    ]


def test_what_shall_not_be_learnt_is_only_scored() -> None:
    """A listed id leaves no trace, sent or received; the others are learnt."""
    past = [Past(sent=number % 2 == 0, message=a_message(number)) for number in range(4)]
    ledger = Ledger()
    listed = frozenset({past[2].message.message_id, past[3].message.message_id})
    shown = list(judged(past, ledger, unlearnt=listed))

    assert [("sent", "<000000@firm.example>"), ("received", "<000001@firm.example>"),
            ("unlearnt", "<000002@firm.example>")] == ledger.calls  # fmt: skip
    assert 2 == len(shown)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-04-01", datetime(2025, 4, 1, tzinfo=UTC)),
        ("2025-04-01T13:00:00Z", datetime(2025, 4, 1, 13, tzinfo=UTC)),
        ("2025-04-01T13:00:00+02:00", datetime(2025, 4, 1, 11, tzinfo=UTC)),
        ("2025-04-01T13:00", datetime(2025, 4, 1, 13, tzinfo=UTC)),
    ],
)
def test_a_start_is_a_date_or_a_moment(text: str, expected: datetime) -> None:
    """A bare date means 00:00 UTC."""
    assert expected == parse_score_from(text)


@pytest.mark.parametrize("text", ["", "yesterday", "2025-13-01", "01.04.2025"])
def test_another_start_is_refused(text: str) -> None:
    """The sentence shows how to write it."""
    with pytest.raises(UsageError) as caught:
        parse_score_from(text)

    assert "2025-04-01" in caught.value.remedy


def test_a_list_of_ids_may_have_empty_lines() -> None:
    """Spaces and empty lines do not count."""
    assert frozenset({"<a@x.example>", "<b@x.example>"}) == parse_ids(" <a@x.example>\n\n<b@x.example>\r\n")


def test_the_line_is_the_contract() -> None:
    """Keys, their order and the forms of their values."""
    message = a_message(date=datetime(2025, 4, 1, 13, 22, 22, 999, tzinfo=UTC))
    reason = Reason("content", 1.5, "key", (), "You never wrote about this to Zoë.")
    verdict = dataclasses.replace(
        a_verdict(message, score=0.0371250317123456),
        severity=Severity.HIGH,
        action=Action.DIGEST,
        recipients=(
            RecipientVerdict(OTHER, "Carla", Role.CC, 0.0371250317123456, "c@x.example", "C", (reason,)),
        ),
    )

    assert (
        '{"message_id": "<000001@firm.example>", "date": "2025-04-01T13:22:22Z", "score": 0.03712503171, '
        '"score_after": 0.03712503171, "alert": true, "severity": "high", "recipients": [{"address": '
        '"carla@client.example", "role": "cc", "score": 0.03712503171, "meant": "c@x.example", "reasons": '
        '["You never wrote about this to Zo\\u00eb."]}], "evidence": []}'
    ) == line(verdict)


def test_a_message_without_date_has_none_in_its_line() -> None:
    """The date is null, and the line is JSON still."""
    assert json.loads(line(a_verdict(a_message(undated=True))))["date"] is None


def test_half_a_surrogate_fits_into_a_line() -> None:
    """An id out of broken octets is written as ASCII."""
    message = a_message(message_id="<\udcff@x.example>")

    assert "<\udcff@x.example>" == json.loads(line(a_verdict(message)).encode("ascii"))["message_id"]


@pytest.mark.parametrize(
    ("action", "expected"), [(Action.ALERT, True), (Action.DIGEST, True), (Action.SILENT, False)]
)
def test_the_digest_tells_too(action: Action, expected: bool) -> None:
    """An alert at once and a place in the digest count alike."""
    assert expected == told(a_verdict(a_message(), action=action))


def test_a_line_has_the_evidence_and_the_score_after_it() -> None:
    """The score stays what it was at the time of the send."""
    message = a_message(date=datetime(2025, 4, 1, 13, 22, 22, tzinfo=UTC), to=(OTHER,))
    sign = Evidence(
        Kind.NOTICE, message.message_id, "<n@x.example>", datetime(2025, 4, 1, 14, tzinfo=UTC), "notice"
    )
    record = json.loads(line(a_verdict(message, score=0.01), [sign]))

    assert [{"kind": "notice", "message_id": "<n@x.example>", "at": "2025-04-01T14:00:00Z"}] == record[
        "evidence"
    ]
    assert 0.01 == record["score"]
    assert record["score_after"] > 0.99


def _story() -> list[Past]:
    wrong = a_message(1, to=(OTHER,))
    said = dataclasses.replace(
        a_message(2, sender=OTHER, to=(OWNER,), text="This was not meant for me."),
        in_reply_to=wrong.message_id,
    )
    back = a_message(3, to=(OTHER,), text="Sorry, wrong person.")
    return [Past(sent=True, message=wrong), Past(sent=False, message=said), Past(sent=True, message=back)]


def test_evidence_is_joined_to_the_message_that_it_is_about() -> None:
    """Of messages that are listed nothing is evidence; what is found of others does not change."""
    past = _story()
    judgements = list(judged(past, Ledger()))

    def found(*listed: int) -> list[list[str]]:
        lookback = Lookback(US, near=lambda _: "")
        unlearnt = frozenset(past[place].message.message_id for place in listed)
        shown = with_evidence(past, judgements, lookback, unlearnt=unlearnt)
        return [[sign.kind.value for sign in one.evidence] for one in shown]

    assert [["notice", "retraction"], []] == found()
    assert [["retraction"], []] == found(1)
    assert [["notice"], []] == found(2)


def test_hindsight_counts_each_corrected_message_once() -> None:
    """By its first sign; whom Oopsee would have told it would have told before that."""
    past = _story()
    judgements = list(judged(past, Ledger()))
    findings = with_evidence(past, judgements, Lookback(US, near=lambda _: ""))
    told_of = [
        dataclasses.replace(one, verdict=dataclasses.replace(one.verdict, action=Action.ALERT))
        for one in findings[:1]
    ]

    missed, warned = hindsight(findings), hindsight([*told_of, *findings[1:]])

    assert ({Kind.NOTICE: 1}, 0, None, 0, 2) == (
        missed.corrected, missed.warned, missed.sooner, missed.alerts, missed.sent,
    )  # fmt: skip
    assert ({Kind.NOTICE: 1}, 1, 60.0, 1) == (warned.corrected, warned.warned, warned.sooner, warned.alerts)
    assert {} == hindsight([Finding(past[0].message, findings[0].verdict)]).corrected
