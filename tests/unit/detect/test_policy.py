"""When the owner is told: budget, cold start, mutes, pairs."""

from __future__ import annotations

import pytest

from scanner.detect.policy import DAY, Policy, PolicySettings
from scanner.detect.threshold import OwnerTail, Tail
from scanner.detect.verdict import Action

# One in a hundred scores above -2, one in ten thousand above 2.
_TAIL = OwnerTail(Tail(scores=(-6.0, -2.0, 2.0), shares=(1.0, 0.01, 0.0001)))


def decide(log_odds: float | None, *, new: bool = False, settings: PolicySettings | None = None) -> Action:
    """What the policy does about a score."""
    action, why = Policy(settings or PolicySettings()).decide(log_odds, _TAIL, new=new)
    assert why
    return action


def test_what_is_rarer_than_the_budget_is_told() -> None:
    """Five in a thousand by default, more or less where the owner says so."""
    assert Action.SILENT is decide(-3.0)
    assert Action.SILENT is decide(-2.0)
    assert Action.ALERT is decide(-1.0)
    assert Action.ALERT is decide(-2.0, settings=PolicySettings(alerts_per_1000=20.0))
    assert Action.SILENT is decide(-1.0, settings=PolicySettings(alerts_per_1000=0.1))


def test_without_a_recipient_that_counts_there_is_silence() -> None:
    """However generous the budget."""
    assert Action.SILENT is decide(None, settings=PolicySettings(alerts_per_1000=1000.0))


def test_a_new_mailbox_is_told_only_what_is_nearly_certain() -> None:
    """From a probability of one half on."""
    assert Action.SILENT is decide(-0.5, new=True)
    assert Action.ALERT is decide(0.5, new=True)
    assert Action.SILENT is decide(0.5, new=True, settings=PolicySettings(base_rate=1e-5))


def test_a_mailbox_is_new_until_it_has_mail_or_age() -> None:
    """A hundred sent messages or fourteen days, whichever is first."""
    policy = Policy(PolicySettings())
    assert policy.is_new(0, 0.0)
    assert policy.is_new(99, 13 * DAY)
    assert not policy.is_new(100, 0.0)
    assert not policy.is_new(0, 14 * DAY)


@pytest.mark.parametrize("muted", ["bruno@x.example", "x.example"])
def test_a_mute_is_of_an_address_or_of_a_domain(muted: str) -> None:
    """By setting or by the owner's word; nobody else is muted."""
    by_setting = Policy(PolicySettings(muted=frozenset({muted})))
    by_word = Policy(PolicySettings())
    by_word.muted.add(muted)
    for policy in (by_setting, by_word):
        assert policy.is_muted("bruno@x.example")
        assert not policy.is_muted("bruno@y.example")
        assert not policy.is_muted("bruno@sub.x.example")


@pytest.mark.parametrize(
    "pair",
    [
        ("bruno@x.example", "carla@y.example"),
        ("carla@y.example", "bruno@x.example"),
        ("x.example", "y.example"),
        ("y.example", "bruno@x.example"),
    ],
)
def test_a_pair_is_of_addresses_or_domains_in_either_order(pair: tuple[str, str]) -> None:
    """It holds where both are on the message, and is not about a third."""
    policy = Policy(PolicySettings(trusted_pairs=frozenset({pair}), forbidden_pairs=frozenset({pair})))
    both = ["bruno@x.example", "carla@y.example", "third@z.example"]
    assert policy.trusted("bruno@x.example", both)
    assert pair == policy.forbidden("carla@y.example", both)
    assert policy.forbidden("third@z.example", both) is None
    assert not policy.trusted("bruno@x.example", ["bruno@x.example", "third@z.example"])


def test_nobody_makes_a_pair_with_themselves() -> None:
    """A pair of an address and its own domain needs two people of that domain."""
    pair = ("bruno@x.example", "x.example")
    policy = Policy(PolicySettings(forbidden_pairs=frozenset({pair})))
    assert policy.forbidden("bruno@x.example", ["bruno@x.example"]) is None
    assert pair == policy.forbidden("bruno@x.example", ["bruno@x.example", "dora@x.example"])


def test_of_several_forbidden_pairs_the_same_is_named_every_time() -> None:
    """The first in their order, not in that of a set."""
    pairs = frozenset({("x.example", f"{letter}.example") for letter in "hgfedcba"})
    parties = ["bruno@x.example", *(f"who@{letter}.example" for letter in "abcdefgh")]
    assert ("x.example", "a.example") == Policy(PolicySettings(forbidden_pairs=pairs)).forbidden(
        "bruno@x.example", parties
    )
