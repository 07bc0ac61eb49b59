"""What the company of the matrix counts and draws: of each field of an entity a report that reads it, and a card of that report;
of each day a calendar.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml

OF = "account"
AIM = "numbat"
"""The field whose sum is the target of a card."""
LED = "manager"
"""For whom a dashboard is."""


def figures_of(pack: Mapping[str, str]) -> dict[str, str]:
    """More files of the pack."""
    fields = yaml.safe_load(pack[f"entities/{OF}.yaml"])["fields"]
    reports = {f"of_{key}": {"where": f"not is_blank({key})"} for key in fields}
    reports |= {f"by_{key}": {"rows": {"it": {"field": key}}} for key, each in fields.items() if each["type"] == "text"}
    cards = {key: {"report": key, "show": "kpi"} for key in reports if key.startswith("of_")}
    cards["aimed"] = {"report": "of_name", "show": "kpi", "target": {"entity": OF, "field": AIM}}
    cards["greys"] = {"view": "greys", "show": "list"}
    days = [key for key, each in fields.items() if each["type"] == "date"]
    files = {
        **{f"views/on_{key}.yaml": {"entity": OF, **_named(key), "show": "calendar", "start": key} for key in days},
        **{
            f"reports/{key}.yaml": {
                "entity": OF,
                **_named(key),
                "measures": {"number": {"count": "records", **_named("number")}},
                **each,
            }
            for key, each in reports.items()
        },
        "dashboards/every.yaml": {**_named("every"), "cards": cards},
        "dashboards/led.yaml": {**_named("led"), "roles": [LED], "cards": {"of_name": cards["of_name"]}},
    }
    return {path: json.dumps(each) for path, each in files.items()}


def _named(key: str) -> dict[str, object]:
    return {"label": {"en": f"Figure {len(key)}", "zh": f"图表 {len(key)}"}}  # which tells no field
