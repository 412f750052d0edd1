import pytest

from fhirbridge.fhir.narrative import problem


def div(inner):
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'


@pytest.mark.parametrize(
    "inner",
    [
        "Гемоглобин 135&nbsp;г/л &amp; норма",
        '<table border="1"><tr><td colspan="2" style="color: red">x</td></tr></table>',
        '<a href="https://example.org/x">x</a><a href="Patient/1">y</a><a name="z"/>',
        '<img src="#picture" alt="x"/><img src="data:image/png;base64,AA=="/>',
    ],
)
def test_plain_formatting_is_allowed(inner):
    assert problem(div(inner)) is None


@pytest.mark.parametrize(
    "text",
    [
        div("<script>alert(1)</script>"),
        div('<form action="x"><input/></form>'),
        div("<iframe/>"),
        div("<object/>"),
        div('<p onclick="x()">y</p>'),
        div('<a href="javascript:alert(1)">x</a>'),
        div('<a href=" JavaScript:alert(1)">x</a>'),
        div('<a href="java&#9;script:alert(1)">x</a>'),
        div('<img src="data:text/html;base64,AA=="/>'),
        div('<p style="background: url(https://evil.example)">x</p>'),
        div('<link rel="stylesheet" href="x"/>'),
        div("<p>not closed"),
        div(""),
        div(" <p>&#9;</p><!-- nothing --> "),
        div("&unknown;"),
        "<div>no namespace</div>",
        "<p xmlns='http://www.w3.org/1999/xhtml'>no div</p>",
        "text",
        "",
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + div("&b;"),
    ],
)
def test_i013_anything_active_or_malformed_is_refused(text):
    assert problem(text)
