"""From bytes to facts: parsing, own text apart from quotes, addresses and names, languages."""

from scanner.message.addresses import normalise_address

__all__ = ["normalise_address"]
