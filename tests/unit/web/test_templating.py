from jinja2 import DictLoader, Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.web.templating import PageContext, PageTemplate

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


def test_functions_are_called_as_jinja_does() -> None:
    @pass_context
    def reads_on_its_own(context: Context, key: str) -> object:
        return context[key]

    def plain(*words: str, **more: str) -> str:
        return " ".join([*words, *more.values()])

    page = "{% for here in ['a', 'b'] %}{{ plain(here, last='c') }} {{ reads('value') }} {{ Drawn().__html__() }}{% endfor %}"
    found = []
    for context in (Context, PageContext):
        environment = Environment(loader=DictLoader({"page": page}), autoescape=True)
        environment.context_class = context
        environment.globals.update(plain=plain, reads=reads_on_its_own, Drawn=Drawn)
        found.append(environment.get_template("page").render(value=7))
    assert found[0] == found[1] == "a c 7 &lt;hr&gt;b c 7 &lt;hr&gt;"
