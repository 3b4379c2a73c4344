"""From settings to the parts that work: the only place that knows both."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import structlog

from scanner.alert.deliver import ConsoleDelivery, Delivery, SmtpDelivery
from scanner.daemon import Daemon, Guard, guard
from scanner.detect.judge import Judge
from scanner.detect.organisations import own_organisations
from scanner.detect.policy import PolicySettings
from scanner.errors import ModelError, UsageError
from scanner.history.history import History
from scanner.mailbox.imap import ImapEndpoint, Session
from scanner.metrics import served
from scanner.notify import Notifier
from scanner.oauth import Keeping, KeptInFile, KeptInMemory, Provider, Tokens, UserProvider, google, microsoft
from scanner.settings import Imap, Mailbox, OAuth, Recall, Secret, Settings, Smtp, load, secret
from scanner.settings.private import private_text
from scanner.settings.schema import CLEARTEXT, Security
from scanner.store import MailboxStore, Store
from scanner.words import FALLBACK, LANGUAGES
from scanner.worker import Judges, Patience, Plan
from scanner.worker.judges import ActiveModel, ModelJudges

_SECURITY: dict[Security, Literal["tls", "starttls", "cleartext"]] = {
    "tls": "tls",
    "starttls": "starttls",
    CLEARTEXT: "cleartext",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a configuration leads to: the daemon, not yet running, and its state."""

    settings: Settings
    store: Store
    daemon: Daemon


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def master_endpoint(settings: Settings, box: Mailbox) -> ImapEndpoint:
    """How the administrator's master user reaches a mailbox."""
    of = settings.recall
    return replace(
        endpoint(settings, box),
        username=f"{box.imap.username}{of.separator}{of.username}",
        secret=password(of),
        bearer=False,
        renew=None,
    )


def password(of: Imap | Smtp | OAuth | Recall) -> Secret:
    """How to ask for the password of a server."""
    return secret(
        command=of.password_command,
        file=of.password_file,
        env=of.password_env,
        keyring=of.password_keyring,
        username=of.username,
        credential=of.password_credential,
    )


def tokens(settings: Settings, box: Mailbox) -> Tokens | None:
    """What gives the tokens of a mailbox with a table [mailbox.oauth]."""
    if box.oauth is None:
        return None
    made = provider(box, box.oauth)
    return tokens_of(box, made, kept_tokens(settings, box) if made.needs_login else KeptInMemory())


def tokens_of(box: Mailbox, made: Provider, kept: Keeping) -> Tokens:
    """The tokens of a mailbox from a provider, lying in `kept`."""
    return Tokens(made, kept, mailbox=box.name, clock=time.time)


def kept_tokens(settings: Settings, box: Mailbox) -> KeptInFile:
    """Where the tokens of a person lie."""
    return KeptInFile(settings.state.dir / "tokens", box.name)


def provider(box: Mailbox, of: OAuth) -> Provider:
    """Who gives the tokens of a mailbox."""
    return user_provider(box, of) if of.flow == "user" else application_provider(box, of)


def user_provider(box: Mailbox, of: OAuth, *, browser: bool = False, port: int = 0) -> UserProvider:
    """At whom a person logs in; `browser` and `port` are for logins that come back from a browser."""
    if of.provider == "google":
        return google.GoogleUser(
            mailbox=box.name,
            account=box.imap.username,
            scopes=of.scopes or (google.SCOPE,),
            client_id=of.client_id,
            secret=password(of),
            browser=browser,
            port=port,
        )
    usual = (microsoft.IMAP_SCOPE, *((microsoft.SMTP_SCOPE,) if sends_with_token(box) else ()))
    return microsoft.MicrosoftUser(
        mailbox=box.name,
        client_id=of.client_id,
        tenant=of.tenant,
        account=box.imap.username,
        scopes=of.scopes or usual,
        authority=of.authority,
    )


def application_provider(box: Mailbox, of: OAuth) -> Provider:
    """The application of an administrator."""
    if of.provider == "google":
        file = of.service_account_file
        return google.GoogleServiceAccount(
            mailbox=box.name,
            account=box.imap.username,
            scopes=of.scopes or (google.SCOPE,),
            key=lambda: private_text(file, "The key file") if file is not None else "",
        )
    pem = of.certificate_file
    return microsoft.MicrosoftApplication(
        mailbox=box.name,
        client_id=of.client_id,
        tenant=of.tenant,
        account=box.imap.username,
        scopes=of.scopes or (microsoft.APP_SCOPE,),
        authority=of.authority,
        secret=password(of) if of.ways() else None,
        certificate=(lambda: private_text(pem, "The certificate file")) if pem is not None else None,
    )


def sends_with_token(box: Mailbox) -> bool:
    """Whether alerts go out by SMTP with the token of the mailbox."""
    at = box.smtp if box.delivery == "smtp" else None
    return box.oauth is not None and at is not None and bool(at.username) and not at.ways()


def endpoint(settings: Settings, box: Mailbox) -> ImapEndpoint:
    """Where the mailbox is and who logs in."""
    imap, own = box.imap, tokens(settings, box)
    return ImapEndpoint(
        host=imap.host,
        port=imap.port,
        username=imap.username,
        secret=own or password(imap),
        bearer=own is not None or imap.auth == "token",
        renew=own.renew if own is not None else None,
        security=_SECURITY[imap.security],
        ca_file=imap.ca_file,
        timeout=imap.timeout_seconds,
    )


def session(settings: Settings, box: Mailbox) -> Session:
    """A connection to the mailbox, not yet opened."""
    return Session(endpoint(settings, box), clock=time.monotonic)


def master_session(settings: Settings, box: Mailbox) -> Session:
    """A connection to a mailbox as the administrator's master user, not yet opened."""
    return Session(master_endpoint(settings, box), clock=time.monotonic)


def smtp(settings: Settings, box: Mailbox) -> SmtpDelivery:
    """Delivery by the server in [mailbox.smtp]; a user name alone logs in as at the IMAP server."""
    if box.smtp is None:
        message = f"The mailbox {box.name} has no table [mailbox.smtp]."
        raise UsageError(message)
    at = box.smtp
    ours = tokens(settings, box) if sends_with_token(box) else None
    own = ours or password(at if at.ways() else box.imap)
    return SmtpDelivery(
        host=at.host,
        port=at.port,
        owner=box.address,
        security=_SECURITY[at.security],
        username=at.username,
        secret=own if at.username else None,
        ca_file=at.ca_file,
        timeout=at.timeout_seconds,
        token=ours is not None or (at if at.ways() else box.imap).auth == "token",
        renew=ours.renew if ours is not None else None,
    )


def delivery(settings: Settings, box: Mailbox) -> Delivery | None:
    """How alerts get to the owner; None for filing them in the inbox."""
    if box.delivery == "smtp":
        return smtp(settings, box)
    return ConsoleDelivery(sys.stdout) if box.delivery == "console" else None


def plan(settings: Settings, box: Mailbox) -> Plan:
    """What to guard and how."""
    return Plan(
        name=box.name,
        address=box.address,
        owner=box.owner,
        sent_folders=box.folders.sent,
        inbox=box.folders.inbox,
        age_cap=timedelta(hours=settings.policy.age_cap_hours),
        daily_cap=settings.policy.daily_cap,
        digest_hour=settings.policy.digest_hour,
        poll_seconds=settings.watch.poll_seconds,
        idle_seconds=settings.watch.idle_seconds,
        answer_folders=settings.feedback.folders,
        answer_keywords=settings.feedback.keywords,
        language=box.language,
        locale=locale_language(os.environ),
    )


def locale_language(environment: Mapping[str, str]) -> str:
    """The language of the environment (POSIX: the first of three variables that is set), else English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    code = next((environment[name] for name in names if environment.get(name)), "")[:2]
    return code if code in LANGUAGES else FALLBACK


def guarded(
    settings: Settings,
    box: Mailbox,
    store: MailboxStore,
    judges: Judges,
    *,
    model_trouble: Callable[[], ModelError | None] = lambda: None,
) -> Guard:
    """What guards one mailbox of the configuration."""
    return guard(
        plan(settings, box),
        endpoint=endpoint(settings, box),
        store=store,
        judges=judges,
        delivery=delivery(settings, box),
        budget=settings.policy.alerts_per_1000,
        own=own_organisations(box.owner, settings.policy.own_domains),
        patience=Patience(
            contact=timedelta(hours=settings.health.contact_hours),
            notice=timedelta(minutes=settings.health.notice_minutes),
        ),
        model_trouble=model_trouble,
    )


def policy(settings: Settings | None) -> PolicySettings:
    """The policy of the configuration, or the default one."""
    if settings is None:
        return PolicySettings()
    of = settings.policy
    return PolicySettings(
        alerts_per_1000=of.alerts_per_1000,
        cold_start_messages=of.cold_start_messages,
        cold_start_days=of.cold_start_days,
        base_rate=of.base_rate,
        own_domains=frozenset(of.own_domains),
        trusted_pairs=frozenset(of.trusted_pairs),
        forbidden_pairs=frozenset(of.forbidden_pairs),
        muted=frozenset(of.muted),
    )


def judge(owner: frozenset[str], settings: Settings | None) -> Judge:
    """A judge that knows nothing yet, with the active model; without one it goes by rules, and says so."""
    active = (
        ActiveModel(settings.model_dir, _told, settings.model_key)
        if settings is not None
        else ActiveModel(None, _told)
    )
    return Judge(owner=owner, model=active.model(), policy=policy(settings))


def census(box: Mailbox, here: MailboxStore) -> tuple[int, int]:
    """How many contacts, and how many sets of people written to together, the kept history holds."""
    known = kept_history(box, here)
    return len(known.contacts.all), known.groups.count()


def kept_history(box: Mailbox, here: MailboxStore) -> History:
    """What the mailbox has learnt until now; no model is needed to know whom it had to do with."""
    state, entries = here.history()
    judge = Judge(owner=box.owner, model=None)
    if state is not None:
        judge = Judge.from_state(state, owner=box.owner, model=None)
    for entry in entries:
        judge.replay(entry)
    return judge.history


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """From a configuration file to the daemon over its mailboxes, each of them locked, and its state.

    Raises `StoreError` where another process guards one of them.
    """
    settings = load(path)
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(settings.state.database))
        active = ActiveModel(settings.model_dir, _logged, settings.model_key)
        guards = []
        for box in settings.mailbox:
            here = store.mailbox(box.name)
            stack.enter_context(here.lock())
            judges = ModelJudges(box.owner, policy(settings), active, key=store.derive("history"))
            guards.append(guarded(settings, box, here, judges, model_trouble=lambda: active.trouble))
        yield Opened(settings, store, Daemon(guards, notifier=Notifier.from_environment()))


@contextmanager
def serving(found: Opened) -> Iterator[None]:
    """Serve the figures for Prometheus where the settings want it. Raises `ConfigError`."""
    of = found.settings.health
    if not of.metrics_port:
        yield
        return
    names = [box.name for box in found.settings.mailbox]
    with served(found.store, names, now, host=of.metrics_host, port=of.metrics_port):
        yield


def _told(error: ModelError) -> None:
    for text in (str(error), error.meaning, error.remedy):
        print(text, file=sys.stderr)  # noqa: T201  standard output is for the results


def _logged(error: ModelError) -> None:
    structlog.get_logger("oopsee").warning(
        "no model", what=str(error), meaning=error.meaning, remedy=error.remedy
    )
