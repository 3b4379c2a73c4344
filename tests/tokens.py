"""Access tokens that a Dovecot of the tests takes: JSON Web Tokens (RFC 7519) signed with a shared key."""

from __future__ import annotations

import time

import jwt

KEY = b"a key of the tests, 32 octets long"


def token(
    user: str, *, key: bytes = KEY, seconds: float = 600.0, scope: str = "imap", **claims: object
) -> str:
    """A token for `user` that ends in so many seconds."""
    now = int(time.time())
    table = {"sub": user, "iat": now - 10, "exp": int(now + seconds), "scope": scope, **claims}
    return jwt.encode(table, key, algorithm="HS256")
