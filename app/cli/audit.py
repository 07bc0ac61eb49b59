"""`crm audit`: proves that nothing in the audit was altered."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from app.settings import Settings


@click.group()
def audit() -> None:
    """What was done, by whom, and the proof that nobody altered it."""


@audit.command("verify")
@click.option("--recent", is_flag=True, help="Only what came since the last daily anchor.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(*, recent: bool, form: str) -> None:
    """Prove every line of the audit, the seals over them and the anchors. Exit 1 when a line was altered, taken out or put in.

    Names what is wrong by its line. Lines of the last minute are sealed first.
    """
    from app.cli.people import open_applied
    from app.record.proof import prove_audit
    from app.record.seals import anchors_outside, newest_outside, seal_audit

    settings = Settings.from_environment()
    store = open_applied(settings)
    seal_audit(store)
    try:
        outside, newest = anchors_outside(settings.data_dir), newest_outside(settings.data_dir)
        proof = prove_audit(store, outside, newest, recent=recent, tell=_tell)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if form == "json":
        click.echo(json.dumps(asdict(proof), ensure_ascii=False, indent=2))
    else:
        for line in proof.named:
            click.echo(line)
        if proof.wrong > len(proof.named):
            click.echo(f"and {proof.wrong - len(proof.named)} more")
        erased = f", {proof.erased} of them erased" if proof.erased else ""
        told = f"{proof.lines} lines{erased}, {proof.seals} seals, {proof.anchors} anchors, {proof.unsealed} not sealed yet"
        click.echo(f"{told}: {'all well' if not proof.wrong else f'{proof.wrong} wrong'}")
    sys.exit(1 if proof.wrong else 0)


def _tell(lines: int) -> None:
    if lines and lines % 100_000 == 0:
        click.echo(f"{lines:,} lines", err=True)
