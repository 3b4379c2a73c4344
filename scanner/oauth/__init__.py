"""OAuth 2.0 tokens for mailboxes: got by the providers' own libraries, kept and renewed here."""

from scanner.oauth.kept import Keeping, KeptInFile, KeptInMemory
from scanner.oauth.tokens import Grant, Provider, Tokens, UserProvider

__all__ = ["Grant", "Keeping", "KeptInFile", "KeptInMemory", "Provider", "Tokens", "UserProvider"]
