"""What later mail shows, as labels: which hold, what they weigh, and that nobody can poison the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scanner.detect.classifier import Rows, fit_classifier
from scanner.detect.evidence import Evidence, Kind, Lookback
from scanner.detect.features.table import schema_digest
from scanner.detect.verdict import Verdict
from scanner.message.model import Message
from scanner.store import Label
from tests.people import OWNER, START, a_message, a_verdict
from tests.rows import FEW, base_rows, scored
from training.held_out import level, messages_of
from training.labels import LABEL_WEIGHT, OWN_LABELS, OWN_SIGNS, Example, Said, join, labelled_rows
from training.promotion import compare
from training.retrain import How, Own, joined, own_examples, retrain
from training.signs import PARTY, SHARE, clear, share_of, signs, tamed

CLIENT, OTHER = "person0@client.example", "person1@client.example"
STRANGER_TO_IT = "carla@other.example"
"""Somebody who gets mail too, at another house."""

NOTICE = "I don't think this was meant for me."
FLOOD = 1_000
TREES: dict[str, Any] = FEW


def evidence(
    number: int, worth: str, *addresses: str, kind: Kind = Kind.NOTICE, by: str = "<n@x.example>"
) -> Evidence:
    """A sign about the message with this number."""
    return Evidence(kind, f"<{number:06d}@firm.example>", by, START, worth, addresses)


def said(number: int, *, wrong: bool, recipient: str | None = None) -> Label:
    """What the owner said of it."""
    return Label(f"<{number:06d}@firm.example>", recipient, wrong=wrong, at=START)


def examples(labels: Sequence[Said], *, recipients: int = 1) -> tuple[Example, ...]:
    """What can be learnt from labels of scored messages."""

    def verdict_of(message_id: str) -> Verdict:
        return scored(int(message_id[1:7]), recipients=recipients)

    return join(labels, verdict_of, schema_digest()).examples


def taught(*found: Evidence, words: Sequence[Said] = (), recipients: int = 1) -> tuple[Example, ...]:
    """What can be learnt from evidence, and from what the owner said."""
    return examples([*signs(found, now=START), *words], recipients=recipients)


def test_evidence_labels_whom_it_names() -> None:
    """Wrong with its weight; of the others nothing is said."""
    (example,) = taught(evidence(1, "notice", OTHER), recipients=3)

    assert ((OTHER,), [1]) == (example.addresses, example.labels.tolist())
    assert np.float32(0.9) == example.weights[0]


def test_evidence_about_the_whole_message_labels_the_suspects() -> None:
    """A retraction to all does not tell which: the most suspicious one is taken."""
    (example,) = taught(evidence(1, "retraction", kind=Kind.RETRACTION), recipients=3)

    assert ((CLIENT,), [1]) == (example.addresses, example.labels.tolist())


def test_a_conversation_says_fine_and_says_it_softly() -> None:
    """It weighs a twentieth of a person's word."""
    (example,) = taught(evidence(1, "conversation", CLIENT, kind=Kind.ANSWER))

    assert ([0], np.float32(0.05)) == (example.labels.tolist(), example.weights[0])


def test_silence_is_no_label() -> None:
    """Without a sign there is nothing to learn from."""
    assert () == taught()


@pytest.mark.parametrize("wrong", [True, False])
@pytest.mark.parametrize("recipient", [None, CLIENT])
def test_a_persons_word_always_wins(wrong: bool, recipient: str | None) -> None:
    """Of the message or of the recipient: it counts, alone and whole, whatever later mail shows."""
    found = (evidence(1, "notice", CLIENT), evidence(1, "retraction", kind=Kind.RETRACTION))
    (example,) = taught(*found, words=[said(1, wrong=wrong, recipient=recipient)])

    assert [int(wrong)] == example.labels.tolist()
    assert ([1.0], [False]) == (example.weights.tolist(), example.signs.tolist())


def test_of_whom_the_owner_did_not_speak_later_mail_may_speak() -> None:
    """Where it names them; a sign about the whole message says nothing beside a person's word."""
    found = (evidence(1, "notice", OTHER), evidence(1, "recall", kind=Kind.RECALL))
    (example,) = taught(*found, words=[said(1, wrong=False, recipient=CLIENT)], recipients=3)

    assert {CLIENT: (0, False), OTHER: (1, True)} == {
        who: (label, sign)
        for who, label, sign in zip(
            example.addresses, example.labels.tolist(), example.signs.tolist(), strict=True
        )
    }


def test_what_the_store_and_the_past_both_know_counts_once() -> None:
    """The daemon has kept the label of the same notice."""
    kept = Label(
        "<000001@firm.example>", CLIENT, wrong=True, at=START + timedelta(days=1), weight=0.9, source="notice"
    )

    assert [one.weights.tolist() for one in taught(evidence(1, "notice", CLIENT))] == [
        one.weights.tolist() for one in taught(evidence(1, "notice", CLIENT), words=[kept])
    ]


def test_of_several_signs_the_surest_holds() -> None:
    """A resend tells who was wrong and a retraction how surely; a conversation before them proves nothing."""
    (example,) = taught(
        evidence(1, "same text again", CLIENT, kind=Kind.RESEND),
        evidence(1, "conversation", OTHER, kind=Kind.ANSWER),
        evidence(1, "retraction", kind=Kind.RETRACTION),
        recipients=2,
    )

    assert ((CLIENT,), [1]) == (example.addresses, example.labels.tolist())
    assert np.float32(0.9) == example.weights[0]


def test_rows_of_signs_are_told_from_those_of_a_person() -> None:
    """They have an owner number of their own."""
    found = taught(evidence(1, "notice", OTHER), words=[said(2, wrong=True)], recipients=2)

    assert {OWN_SIGNS, OWN_LABELS} == set(labelled_rows(found, unit=1.0).owners.tolist())


def test_what_a_promotion_needs_is_a_word_or_a_clear_sign() -> None:
    """A resend and a conversation are circumstances: they are learnt and do not count."""
    found = taught(
        evidence(1, "same text again", CLIENT, kind=Kind.RESEND),
        evidence(2, "conversation", CLIENT, kind=Kind.ANSWER),
        evidence(3, "notice by subject", OTHER),
        evidence(4, "retraction", kind=Kind.RETRACTION),
        words=[said(5, wrong=False)],
        recipients=2,
    )

    assert (5, 3) == (len(found), clear(found))


# Poison


def sent(number: int, to: str = CLIENT) -> Message:
    """A mail that really went out."""
    return a_message(number, to=(to,), text=f"The figures of week {number}.", subject=f"Week {number}")


def notice(number: int, sender: str, answers: str = "", subject: str = "Week") -> Message:
    """Somebody says that a mail was not for them."""
    mail = a_message(
        100_000 + number, sender=sender, to=(OWNER,), text=NOTICE, subject=subject,
        date=START + timedelta(hours=number, minutes=5),
    )  # fmt: skip
    object.__setattr__(mail, "in_reply_to", answers)
    return mail


def flood(
    of: Callable[[int, Message], Message], *, to: Callable[[int], str] = lambda _: CLIENT
) -> list[Evidence]:
    """A thousand mails that went out, each followed by the notice that `of` makes of it: the evidence."""
    lookback = Lookback(frozenset({OWNER}), near=lambda _: "")
    found: list[Evidence] = []
    lookback.sent(before := sent(0, STRANGER_TO_IT), a_verdict(before))
    for number in range(1, FLOOD + 1):
        mail = sent(number, to(number))
        found += lookback.sent(mail, a_verdict(mail))
        found += lookback.received(of(number, mail))
    return found


REFUSED = {
    "from strangers": lambda number, mail: notice(number, f"eve{number}@evil.example", mail.message_id),
    "about mail never sent": lambda number, _: notice(number, CLIENT, f"<never{number}@firm.example>"),
    "with references of mail to others": lambda number, _: notice(
        number, STRANGER_TO_IT, "<000001@firm.example>"
    ),
    "from strangers with the right subject": lambda number, mail: notice(
        number, f"eve{number}@evil.example", subject=mail.subject
    ),
}


@cache
def base() -> Rows:
    """Six mailboxes."""
    return base_rows()


def decisions(own: Own) -> NDArray[np.float64]:
    """What a model that was fitted on the base and on these says of rows that nobody has learnt from."""
    model = fit_classifier(joined(base(), own.rows), **TREES)
    return model.decision(base_rows(seed=2).rows.astype(np.float64))


@cache
def unmoved() -> NDArray[np.float64]:
    """The same without any labels."""
    return decisions(Own())


@pytest.mark.parametrize("how", REFUSED)
def test_forged_notices_change_no_decision(how: str) -> None:
    """A thousand of them: not one becomes an example, and the fitted model is the same to the last bit."""
    own = own_examples(taught(*flood(REFUSED[how])), base())

    assert () == own.dates
    assert unmoved().tolist() == decisions(own).tolist()


def test_a_thousand_notices_of_one_recipient_weigh_three_messages() -> None:
    """Each about a mail they really got: the first few are taken, and the rest changes nothing at all."""
    found = flood(lambda number, mail: notice(number, CLIENT, mail.message_id))
    all_of_them, first = (tamed(taught(*some)) for some in (found, found[:4]))

    assert FLOOD == len(found)
    assert PARTY == pytest.approx(sum(float(one.weights.sum()) for one in all_of_them))
    assert [one.message_id for one in first] == [one.message_id for one in all_of_them]
    assert [one.weights.tolist() for one in first] == [one.weights.tolist() for one in all_of_them]
    assert clear(all_of_them) <= len(first)


def test_they_move_hardly_a_decision() -> None:
    """At the alert level of the model without them: one held-out row in thirty at most, of a small base.

    Without the bound more than half of the rows would change sides. Of the carried rows, three
    hundred times as many, `python -m training.benchmark` says what changes (stage `evidence`).
    """
    found = taught(*flood(lambda number, mail: notice(number, CLIENT, mail.message_id)))
    held, unit = messages_of(base_rows(seed=2)), LABEL_WEIGHT * float(base().weights.mean())
    level_before = level(held, held.tops(unmoved()), 50.0)

    def turned(own: Own) -> float:
        return float(((decisions(own) > level_before) != (unmoved() > level_before)).mean())

    assert turned(own_examples(found, base())) <= 1 / 30
    assert turned(Own(labelled_rows(found, unit=unit), tuple(range(len(found))))) > 0.5


def test_notices_of_a_thousand_recipients_weigh_a_hundredth_of_the_base() -> None:
    """However many take part, their rows together are bounded by those of the base."""
    lists = flood(
        lambda number, mail: notice(number, f"list{number}@news.example", mail.message_id),
        to=lambda number: f"list{number}@news.example",
    )
    own = own_examples(
        [one for found in lists for one in _renamed(found)],
        base(),
    )

    assert FLOOD == len(own.dates)
    assert own.rows.weights.sum() <= SHARE * base().weights.sum() * 1.001


def _renamed(found: Evidence) -> tuple[Example, ...]:
    """The example of a message whose scored recipient bears the name in the evidence."""
    from dataclasses import replace

    verdict = scored(int(found.about[1:7]))
    (recipient,) = verdict.recipients
    there = replace(verdict, recipients=(replace(recipient, address=found.addresses[0]),))
    return join(signs([found], now=START), lambda _: there, schema_digest()).examples


def test_a_persons_labels_are_not_bounded() -> None:
    """Who labels a thousand messages, by hand or from a file, is believed."""
    labels = [said(number, wrong=True) for number in range(1, 101)]
    found = examples(labels)

    assert [one.weights.tolist() for one in found] == [
        one.weights.tolist() for one in tamed(found, most=share_of(base()))
    ]


def test_later_signs_neither_carry_nor_stop_a_promotion() -> None:
    """Only what a person said later is held against a candidate: others could vote by mail."""
    found = taught(*(evidence(number, "notice", CLIENT) for number in range(1, 5)))
    own = own_examples(found, base())
    comparison = compare(
        base(), retrain(base(), own, Own(), how=How(jobs=1, trees=FEW)), labels=4, budget=50.0, seed=0
    )

    assert 0 == comparison.later
    assert comparison.candidate.own_false is None
