"""The libraries that only some users need, and the command that brings them.

The libraries are named themselves: Oopsee is installed from its own files, and whatever bears its
name in a registry need not be it. A test holds the table against pyproject.toml.
"""

from __future__ import annotations

import shlex
import sys

EXTRAS: dict[str, tuple[str, ...]] = {
    "demo": ("pymap>=0.36,<0.37",),
    "google": ("google-auth[requests]>=2.35,<3", "google-auth-oauthlib>=1.2.1,<2"),
    "keyring": ("keyring>=24,<26",),
    "metrics": ("prometheus-client>=0.21,<1",),
    "microsoft": ("msal>=1.35,<2",),
}


def install(extra: str) -> str:
    """The command that installs an extra where this Oopsee runs, as one types it in a shell."""
    return shlex.join([sys.executable, "-m", "pip", "install", *EXTRAS[extra]])
