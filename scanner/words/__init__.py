"""Sentences for the owner in six languages, from one data file each, and the rules of each language."""

from scanner.words.catalogue import FALLBACK, LANGUAGES, Words, words

__all__ = ["FALLBACK", "LANGUAGES", "Words", "words"]
