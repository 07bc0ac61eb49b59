"""`crm test`: runs the tests of a pack in memory."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from app.cli.config import config_option, load
from app.diagnostics import did_you_mean, nearest, render_text
from app.factory import collector_at_rest
from app.loading.sources import line_reader


@click.command("test")
@click.argument("names", metavar="[NAME]…", nargs=-1)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--inherited", is_flag=True, help="Those of the packs that it extends, too.")
@config_option
@collector_at_rest(for_good=True)
def test(*, names: tuple[str, ...], format_: str, inherited: bool, config: Path | None) -> None:
    """Run the tests of a pack in memory: its own, or those of a file, or single cases. Exit code 1 when one fails."""
    from app.rehearsal.run import chosen_cases, run_tests

    begun = time.perf_counter()
    loaded = load(config)
    if loaded.catalog is None:
        errors = [each for each in loaded.diagnostics if each.severity == "error"]
        click.echo(render_text(errors, line_reader(loaded.files)), nl=False, err=True)
        raise click.ClickException("the pack has errors, so that its tests can't run")
    cases = chosen_cases(loaded, names, inherited=inherited)
    if names and not cases:
        known = [name for key, each in loaded.catalog.tests.items() for name in (key, *each.cases)]
        hint = did_you_mean(nearest(names[0], known))
        raise click.BadParameter(f"no test {names[0]}" + (f"; {hint}" if hint else ""), param_hint="NAME")
    results = list(run_tests(loaded, cases)) if cases else []
    failed = sum(not each.passed for each in results)
    passed, seconds = len(results) - failed, time.perf_counter() - begun
    if format_ == "json":
        tests = [each.to_json() for each in results]
        click.echo(json.dumps({"passed": passed, "failed": failed, "tests": tests}, ensure_ascii=False, indent=2))
    else:
        for each in results:
            for told in each.failures:
                click.echo(str(told))
        click.echo(f"{passed} passed, {failed} failed in {seconds:.1f} s")
    raise SystemExit(1 if failed else 0)
