"""Which domains belong to one organisation, and which to nobody in particular."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def freemail_domains() -> frozenset[str]:
    """Return the domains of providers at which persons, not organisations, have mailboxes."""
    text = (files("scanner.detect") / "data" / "freemail.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@lru_cache(maxsize=50_000)
def organisation(domain: str) -> str:
    """Return the registrable domain (publicsuffix.org), `domain` itself where there is none."""
    if domain.startswith("[") or domain.rpartition(".")[2].isdigit():
        return domain  # an address literal (RFC 5321 section 4.1.3): its last numbers are no domain
    return _suffixes().privatesuffix(domain) or domain


def own_organisations(owner: Iterable[str], further: Iterable[str] = ()) -> frozenset[str]:
    """Return the owner's organisations: those of the addresses and of further domains, providers left out."""
    domains = (*(address.rpartition("@")[2] for address in owner), *further)
    return frozenset(organisation(domain) for domain in domains if not is_freemail(domain))


def is_freemail(domain: str) -> bool:
    """Return whether `domain` is a provider of personal mailboxes."""
    return domain in freemail_domains()
