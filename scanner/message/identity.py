"""When two copies of a mail are one message although their Message-IDs do not say so."""

from __future__ import annotations


def same_by_digest(one: str, other: str) -> bool:
    """Whether two sent copies of one digest may be one message, by their Message-IDs ("": none).

    Provider and client, when both file what was sent, may each give their copy a Message-ID, each
    after its own domain. One maker who gives two means two messages.
    """
    return not one or not other or maker(one) != maker(other)


def maker(message_id: str) -> str:
    """The domain in a Message-ID: who made it (RFC 5322 section 3.6.4)."""
    return message_id.rpartition("@")[2].strip(" <>").lower()
