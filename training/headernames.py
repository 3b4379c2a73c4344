"""Display names of wrong recipients, as right ones have them in the owner's headers.

A right recipient often stands there without the name that the address book knows, and in one of
several forms. Were the wrong one always named, or named half of the time, a model could learn that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from scanner.history.contacts import Contact
    from scanner.history.history import History
    from scanner.message.model import Message, Recipient


class HeaderNames:
    """Draws names from what the owner's clean messages before this one have shown."""

    def __init__(self, history: History, owner: frozenset[str], rng: random.Random) -> None:
        self._history = history
        self._owner = owner
        self._rng = rng
        self._message: Message | None = None
        self._fresh: set[str] = set()
        self._forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._named = _Share()
        self._first_named = _Share()

    def note(self, message: Message) -> None:
        """Note a clean `message` before it is learnt; it counts for the messages after it."""
        if message is self._message:
            return
        if self._message is not None:
            self._learn(self._message)
        self._message = message
        contacts = self._history.contacts
        self._fresh = {one.address for one in message.recipients if contacts.get(one.address) is None}

    def _learn(self, message: Message) -> None:
        contacts = self._history.contacts
        first, known = [], []
        for one in message.recipients:
            contact = contacts.get(one.address)
            if one.address in self._owner or contact is None:
                continue
            if one.address in self._fresh:
                first.append(bool(one.name))
            elif contact.names:
                known.append(bool(one.name))
            self._forms[one.address][one.name] += 1
        self._first_named.add(first)
        self._named.add(known)

    def of(self, contact: Contact) -> str:
        """Return a known contact's name as the owner's headers have had it, or none.

        Each form as often as it was seen there; once more as the owner's other contacts are: under
        the address book's name, or none.
        """
        usual = contact.name if self._rng.random() < self._named.rate(1.0) else ""
        forms = self._forms.get(contact.address, Counter[str]()) + Counter([usual])
        return self._rng.choices(list(forms), list(forms.values()))[0]

    def of_stranger(self, meant: Recipient) -> str:
        """Return the name beside an address never seen, typed for that of `meant`.

        The meant one's where there is one, left out so often that of all such addresses as many have
        none as of this owner's first contacts.
        """
        contacts = self._history.contacts
        written = [bool(contact.names) for contact in contacts.all if contact.sent]
        usual = sum(written) / max(1, len(written))
        # Of those meant, the share `usual` has a name at all.
        if self._rng.random() * usual >= self._first_named.rate(usual):
            return ""
        known = contacts.get(meant.address)
        return meant.name or (known.name if known is not None else "")


class _Share:
    """How often something holds: each message counts the same, and one more for what is usual."""

    def __init__(self) -> None:
        self._total = 0.0
        self._messages = 0

    def add(self, found: list[bool]) -> None:
        if found:
            self._total += sum(found) / len(found)
            self._messages += 1

    def rate(self, usual: float) -> float:
        return (self._total + usual) / (self._messages + 1)
