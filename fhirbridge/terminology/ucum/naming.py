"""Codes in words, in the form of UCUM's functional tests."""

from fhirbridge.terminology.ucum.essence import Symbol
from fhirbridge.terminology.ucum.grammar import Component, Term, parse


def display(code: str) -> str:
    """Return `code` in words: `mg/dL` is "(milligram) / (deciliter)".

    Raises NotUcum; the empty text is "(unity)".
    """
    return _term(parse(code)) if code else "(unity)"


def _term(term: Term) -> str:
    words = "1 / " if term[0].divides else ""
    words += _component(term[0])
    for component in term[1:]:
        words += (" / " if component.divides else " * ") + _component(component)
    return words


def _component(component: Component) -> str:
    annotation = "" if component.annotation is None else f"{{{component.annotation}}}"
    match component.what:
        case None:
            return annotation
        case int():
            return f"{component.what}{annotation}"
        case Symbol(prefix, atom):
            name = atom.name if prefix is None else prefix.name + atom.name
            power = "" if component.exponent == 1 else f" ^ {component.exponent}"
            return f"({name}{power}{annotation and ' ' + annotation})"
        case _:
            return f"({_term(component.what)}){annotation}"
