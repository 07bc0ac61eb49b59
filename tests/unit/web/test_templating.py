from jinja2 import DictLoader, Environment
from markupsafe import Markup

from app.web.templating import PageTemplate

PIECES = """{{ value }}|{% set kept %}{{ value }}{% endset %}{{ kept }}|{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}\
{{ m(value) }}|{{ value ~ "<" }}|{{ "<b>"|e }}|{{ missing }}|{{ [value]|join("<br>") }}"""


class Drawn:
    def __html__(self) -> str:
        return "<hr>"


class Name(str):
    __slots__ = ()


def rendered(value: object, *, ours: bool) -> str:
    environment = Environment(loader=DictLoader({"page": PIECES}), autoescape=True)
    if ours:
        environment.template_class = PageTemplate
    template = environment.get_template("page")
    assert isinstance(template, PageTemplate) is ours
    return template.render(value=value)


def test_the_output_is_escaped_as_jinja_does() -> None:
    values = [
        "plain",
        "",
        "<script>",
        "a & b",
        "'\"",
        Markup("<b>&amp;</b>"),
        Name("<x>"),
        Drawn(),
        None,
        True,
        7,
        1.5,
        ["<"],
    ]
    for value in values:
        expected = rendered(value, ours=False)
        assert rendered(value, ours=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") == expected, value
