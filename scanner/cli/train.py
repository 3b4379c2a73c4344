"""`oopsee train`: a model that has learnt from one's own labels, used only if it is no worse."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.cli.progress import Show
    from scanner.detect.classifier import Rows
    from scanner.detect.verdict import Verdict
    from scanner.settings import Mailbox as Box
    from scanner.settings import Settings
    from scanner.store import MailboxStore
    from training.labels import Joined
    from training.promotion import Comparison
    from training.registry import Registry
    from training.retrain import How, Own


def train(
    *,
    sources: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Your own mail, to simulate mistakes on: Maildir, mbox, folder of .eml, .jsonl[.gz];"
            " once more for each.",
            show_default=False,
        ),
    ] = None,
    me: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="Whose mail --from is; once more for each alias. Without it, the mailbox's owner.",
            show_default=False,
        ),
    ] = None,
    promote: Annotated[
        bool, typer.Option(help="Use the new model if it is no worse; without, only train and compare.")
    ] = True,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and data give the same model.")] = 0,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 is one for each core.")] = 0,
    config: options.Config = None,
    mailbox: options.MailboxName = None,
) -> None:
    """Train the model on your labels, compare it with the one in use, and use it if it is no worse.

    It starts from the feature rows that Oopsee carries. The comparison is made by cross-validation
    over their mailboxes and on your own later labels, which were kept from it. With fewer than 20
    labelled messages no model is promoted.
    """
    from scanner.cli import progress, wiring
    from scanner.detect.model import fitted_on, shipped_dir
    from scanner.detect.origin import as_pinned
    from training.candidate import save
    from training.promotion import LEAST_LABELS, compare, too_few
    from training.registry import Registry
    from training.retrain import How, fits, own_examples, retrain

    settings = options.settings_from(config)
    boxes = [options.one_mailbox(settings, mailbox)] if mailbox is not None else list(settings.mailbox)
    joined = _labels(settings, boxes)
    typer.echo(_usable(joined))
    count = len(joined.examples)
    if promote and count < LEAST_LABELS:
        typer.echo(f"{too_few(count)} Nothing was trained; the model in use stays.")
        return
    if sources:
        owner = _owner(me or [], boxes)
    registry = Registry(settings.model_dir, settings.model_key)
    how = How(seed=seed, jobs=jobs or -1)
    with progress.shown() as show:
        manifest, base = fitted_on(shipped_dir(), as_pinned)
        _numbered(base)
        said = {one.message_id for one in joined.examples}
        mail = _mail(sources, owner, manifest["ranker"], said, how, show) if sources else None
        own = own_examples(joined.examples, base, mail)
        if not own.dates:
            typer.echo("There is nothing to learn from. Nothing was trained; the model in use stays.")
            return
        step = show.steps("Fitting", fits(how))
        found = retrain(base, own, _current(registry, show), how=how, done=step)
        comparison = compare(base, found, labels=count, budget=settings.policy.alerts_per_1000, seed=seed)
        name = save(
            registry, found, base=base, manifest=manifest, own=own, comparison=comparison,
            day=wiring.now().date(), seed=seed,
        )  # fmt: skip
    _show(comparison, name, registry.active)
    _decide(registry, name, comparison, promote=promote)


def _labels(settings: Settings, boxes: Sequence[Box]) -> Joined:
    """The labelled examples of the mailboxes."""
    from scanner.cli.stored import opened
    from scanner.detect.features.table import schema_digest
    from training.labels import join, merged

    def of(here: MailboxStore) -> Joined:
        def verdict_of(message_id: str) -> Verdict | None:
            stored = here.verdict(message_id)
            return stored.verdict if stored is not None else None

        return join(here.labels(), verdict_of, schema_digest())

    with opened(settings) as store:
        return merged([of(store.mailbox(box.name)) for box in boxes])


def _usable(joined: Joined) -> str:
    """How many labels can be learnt from, and why the others cannot."""
    lines = [f"{len(joined.examples)} labelled messages can be learnt from."]
    for count, why in (
        (joined.unscored, "have not been scored, so that nothing is known of them"),
        (joined.other_features, "were scored by a version with other features"),
        (joined.by_rules, "were scored by rules alone"),
        (joined.nobody, "name nobody who is a recipient"),
    ):
        if count:
            lines.append(f"{count} more {why}.")
    return "\n".join(lines)


def _numbered(base: Rows) -> None:
    from scanner.errors import ModelError

    if len(base.messages) != len(base.labels):
        message = "The feature rows of the shipped model do not say which message they are of."
        raise ModelError(message, meaning="Nothing was trained.", remedy="Reinstall Oopsee.")


def _owner(me: Sequence[str], boxes: Sequence[Box]) -> frozenset[str]:
    from scanner.errors import UsageError
    from scanner.message.owner import Owner

    owner: frozenset[str] = Owner(me)
    if not owner and len(boxes) == 1:
        owner = boxes[0].owner
    if not owner or not all("@" in address for address in owner):
        message = "Each --me must be an address." if owner else "Whose mail is --from?"
        raise UsageError(message, remedy="Name the owner: --me anna@example.org, once more for each alias.")
    return owner


def _mail(
    sources: Sequence[Path], owner: frozenset[str], ranker: Sequence[float], labelled: AbstractSet[str],
    how: How, show: Show,
) -> Own:  # fmt: skip
    """Simulated mistakes on one's own mail, messages whose id stands in `labelled` left out."""
    import numpy as np

    from scanner.audit import in_order, went
    from scanner.mailbox import local
    from training.corpora import Mailbox
    from training.own_mail import simulated

    items = (item for source in sources for item in local.read(source, report=show.warn))
    past = (
        went(item.message, sent=item.sent, owner=owner, only_own=item.source == "jsonl")
        for item in show.each(items, "Reading")
    )
    mail = tuple((one.message, one.sent) for one in in_order(one for one in past if one is not None))
    step = show.steps("Simulating mistakes", 1)
    own = simulated(Mailbox("own", owner, mail), np.array(ranker), labelled=labelled, seed=how.seed)
    step()
    return own


def _current(registry: Registry, show: Show) -> Own:
    """What the model in use was trained on beside the base rows; one that is broken counts as the base."""
    from scanner.detect.model import SHIPPED
    from scanner.errors import ModelError
    from training.retrain import Own, own_of

    if registry.active != SHIPPED:
        try:
            manifest, rows = registry.fitted_on(registry.active)
            return own_of(rows, manifest)
        except ModelError as error:
            show.warn(f"{error} The comparison is with the shipped model instead.")
    return Own()


def _show(comparison: Comparison, name: str, current: str) -> None:
    """Both models, side by side."""
    from rich.table import Table

    from scanner.cli.terminal import console

    table = Table("on mail that neither has learnt from", f"new: {name}", f"in use: {current}")
    new, old = comparison.candidate, comparison.current
    for rate, value in new.recall.items():
        text = f"mistakes found at {rate:g} false alerts in 1,000"
        table.add_row(
            text, f"{value:.3f}", f"{old.recall[rate]:.3f}", style="bold" * (rate == comparison.budget)
        )
    if comparison.later:
        text = f"right of your {comparison.later} later labels"
        table.add_row(text, str(new.right), str(old.right))
    for text, one, other in (
        ("mistakes found in your own later mail", new.own_recall, old.own_recall),
        ("false alerts in 1,000 of your own later mail", new.own_false, old.own_false),
    ):
        if one is not None and other is not None:
            table.add_row(text, f"{one:.3g}", f"{other:.3g}")
    out = console()
    out.print(table)
    out.print(
        f"By chance alone, two equally good models may differ by {comparison.noise:.3f} at"
        f" {comparison.budget:g} in 1,000 (bootstrap over mailboxes, one in twenty falls further)."
    )


def _decide(registry: Registry, name: str, comparison: Comparison, *, promote: bool) -> None:
    for objection in comparison.objections:
        typer.echo(objection)
    if comparison.objections or not promote:
        typer.echo(f"Not promoted: the model in use stays. The new one is kept as {name}.")
        return
    registry.activate(name)
    typer.echo(f"Promoted: {name} is used from now on. `oopsee models rollback` undoes it.")
