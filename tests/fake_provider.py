"""A provider of OAuth tokens on the loopback interface, with the moods that a test wants.

It speaks as Microsoft does (discovery, device codes, client credentials) and as Google does
(authorisation codes, signed assertions), over TLS with a certificate of its own. A refresh token is
good for one use only: each refresh brings the next one, and an old one that comes again is noted.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.unit.alert.servers import certificate

Reply = tuple[int, bytes]
TENANT = "firm.example"
CLIENT = "11111111-2222-3333-4444-555555555555"
SECRET = "the-applications-s3cret"


class FakeProvider:
    """A running provider; use it as a context manager.

    Attributes
    ----------
    asked
        Every request for a token, as its fields.
    refresh_token
        The one that is good now; "" after a revocation.
    reused
        How often an old one came.
    tolerant
        Whether the one before it is good as well, for whoever has not got the answer.
    reply
        Says what to answer in the place of the usual; None for the usual answer.
    delay
        Seconds before each answer.
    mint
        Makes an access token.
    lifetime
        What is said to be the life of an access token, in seconds.
    extra
        Fields that stand in each answer with a token besides the usual.
    pending
        How often a device code is answered with "not yet".
    """

    def __init__(self, directory: Path) -> None:
        self.certificate, self._tls = certificate(directory)
        self.asked: list[dict[str, str]] = []
        self.refresh_token = "refresh-0"
        self.reused = 0
        self.tolerant = False
        self._before = ""
        self.reply: Callable[[dict[str, str]], Reply | None] = lambda _: None
        self.delay = 0.0
        self.lifetime: object = 3600
        self.mint: Callable[[], str] = lambda: f"access-{len(self.asked)}"
        self.extra: dict[str, object] = {}
        self.pending = 0
        self._rotated = 0
        self._scope = "https://mail.google.com/"
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """Say nothing."""

            def do_GET(self) -> None:
                self._say(200, json.dumps(provider.configuration()).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                fields = {name: values[0] for name, values in parse_qs(body).items()}
                kind, _, login = self.headers.get("Authorization", "").partition(" ")
                if kind == "Basic":  # RFC 6749 section 2.3.1
                    fields["client_secret"] = base64.b64decode(login).decode().partition(":")[2]
                time.sleep(provider.delay)
                self._say(*provider.answer(self.path, fields))

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(ThreadingHTTPServer):
            daemon_threads = False  # the end waits for slow answers

            def handle_error(self, *_: object) -> None:
                """Clients that hang up are no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def revoke(self) -> None:
        """End the login: no refresh token is good any more."""
        self.refresh_token = ""

    def configuration(self) -> dict[str, str]:
        """What discovery tells."""
        base = f"{self.url}/{TENANT}"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        }

    def answer(self, path: str, fields: dict[str, str]) -> Reply:
        """The answer to one request."""
        with self._turn:
            if path.endswith("/devicecode"):
                self._scope = fields["scope"]
                return _json(200, _device(self.url))
            self.asked.append(fields)
            if (said := self.reply(fields)) is not None:
                return said
            kind = fields.get("grant_type", "").rpartition(":")[2]
            if kind == "device_code" and self.pending:
                self.pending -= 1
                return error("authorization_pending", "AADSTS70016: not yet")
            good = {self.refresh_token, self._before if self.tolerant else self.refresh_token}
            if kind == "refresh_token" and fields["refresh_token"] not in good:
                self.reused += self.refresh_token != ""
                return error(
                    "invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity."
                )
            return _json(200, self._tokens(kind, fields))

    def _tokens(self, kind: str, fields: dict[str, str]) -> dict[str, object]:
        table: dict[str, object] = {
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "access_token": self.mint(),
            "scope": fields.get("scope", self._scope),
        }
        if kind in {"device_code", "authorization_code", "refresh_token"}:
            self._rotated += 1
            self._before = self.refresh_token
            self.refresh_token = f"refresh-{self._rotated}"
            table |= {
                "refresh_token": self.refresh_token,
                "id_token": _id_token(fields.get("client_id", "")),
                "client_info": _encoded({"uid": "anna", "utid": "firm"}),
            }
        return table | self.extra


def error(code: str, words: str, status: int = 400) -> Reply:
    """A refusal (RFC 6749 section 5.2)."""
    return _json(status, {"error": code, "error_description": words})


def service_account_key(token_url: str) -> str:
    """The key file of a service account that gets its tokens at `token_url`."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return json.dumps(
        {
            "type": "service_account",
            "client_email": "oopsee@project.example",
            "private_key": private.decode(),
            "token_uri": token_url,
        }
    )


def _json(status: int, table: dict[str, Any]) -> Reply:
    return status, json.dumps(table).encode()


def _device(url: str) -> dict[str, object]:
    return {
        "device_code": "the-device-code",
        "user_code": "ABCD-EFGH",
        "verification_uri": f"{url}/device",
        "expires_in": 900,
        "interval": 0,
        "message": "Type the code.",
    }


def _id_token(client: str) -> str:
    now = int(time.time())
    claims = {"aud": client, "iss": "https://issuer.example", "sub": "anna", "iat": now, "exp": now + 3600}
    claims |= {"preferred_username": "anna@firm.example", "oid": "anna", "tid": "firm"}
    return ".".join((_encoded({"alg": "none"}), _encoded(claims), ""))


def _encoded(table: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(table).encode()).decode().rstrip("=")
