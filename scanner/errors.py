"""One tree of errors. The docstring of a class is its message; see `ScannerError`."""

from __future__ import annotations

from typing import ClassVar


class ScannerError(Exception):
    """Oopsee could not go on.

    Every error says what happened (`str(error)`), what it means for the user's mail
    (`meaning`) and what to do (`remedy`). Subclasses give defaults for all three; the first
    line of the docstring is the default for what happened. `exit_code` is what a command
    ends with: 2 usage or configuration, 3 cannot reach or log in, 4 internal.
    """

    exit_code: ClassVar[int] = 4
    default_meaning: ClassVar[str] = "No mail was changed."
    default_remedy: ClassVar[str] = ""

    def __init__(self, what: str = "", *, meaning: str = "", remedy: str = "") -> None:
        super().__init__(what or (type(self).__doc__ or "").strip().splitlines()[0])
        self.meaning = meaning or self.default_meaning
        self.remedy = remedy or self.default_remedy


class RetryableError(ScannerError):
    """Something outside failed for now; trying again later may succeed."""

    exit_code = 3


class PermanentError(ScannerError):
    """Trying again will not help until somebody changes something."""


class ConfigError(PermanentError):
    """The configuration cannot be used."""

    exit_code = 2
    default_meaning = "Sent mail is not watched until this is mended."


class UsageError(PermanentError):
    """The command was called in a way that it does not understand."""

    exit_code = 2


class ConnectError(RetryableError):
    """The mail server cannot be reached."""

    default_meaning = "Until it can be reached, sent mail is not watched; nothing is lost, it is read later."


class ThrottledError(ConnectError):
    """The mail server asks to come back later."""


class LoginError(PermanentError):
    """The mail server refused the login."""

    exit_code = 3
    default_meaning = "Sent mail is not watched."


class CertificateError(PermanentError):
    """The mail server's certificate was refused."""

    exit_code = 3
    default_meaning = "Nothing was sent to the server, the password least of all."


class FolderError(PermanentError):
    """No Sent folder was found."""

    exit_code = 2
    default_meaning = "Without a Sent folder there is nothing to watch."


class ModelError(PermanentError):
    """The model cannot be loaded."""

    exit_code = 2
    default_meaning = (
        "Until this is mended, messages are scored by the last good model or the shipped one, at worst by "
        "rules alone."
    )


class StoreError(PermanentError):
    """The state database cannot be used."""

    default_meaning = "Nothing was alerted and nothing is lost: mail stays where it is and is read again."


class DeliveryError(RetryableError):
    """An alert could not be delivered for now."""

    default_meaning = "The alert stays in the outbox and is tried again."
