"""Search parameters drawn by dice: names and modifiers from the definitions, values as stored.

Nothing is listed by hand that the definitions know. Values come mostly from what is stored, own
and foreign alike, so that requests meet data.
"""

from collections import defaultdict

from rest_clinic import BASE
from stored_content import Content

from fhirbridge.resources.registry import definitions
from fhirbridge.search.composite import Composite
from fhirbridge.search.include import including, including_back
from fhirbridge.search.membership import members
from fhirbridge.search.reference import Reference

PREFIXES = ("", "", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
ODD = ("", "nothing", "-", "a,b", "|", "x|y", "$", "\\,", "true", "2026", "gt2020", "5",
       "Patient/B", "Иванов", "%", "*", "B", "А" * 80)  # fmt: skip
DATES = ("2026", "2026-11", "2026-11-02", "2026-11-25T09:00:00+03:00", "2026-11-24T11:00:01Z")
COMMON = ("_id", "patient", "subject", "code", "status", "date")
# What a modifier takes, whatever the parameter.
TAKES = {
    "missing": ("true", "false"),
    **dict.fromkeys(("in", "not-in"), ("urn:values", "ValueSet/values", "urn:none")),
    **dict.fromkeys(("above", "below"), ("urn:codes|a", "urn:codes|b", "urn:x", "text")),
    "of-type": ("urn:types|SNILS|11223344595",),
}
# Not open to patients.
CLOSED = frozenset({"AuditEvent", "List"})
RANGED = frozenset({"date", "number", "quantity"})


class Clauses:
    """Draws by `dice`, a `random.Random`, from what the definitions and `content` hold."""

    def __init__(self, dice, content: Content) -> None:
        self.dice = dice
        self.content = content
        self.types = definitions()
        self.parameters = {type_: one.searchable for type_, one in self.types.items()}
        self.ids = defaultdict(list)
        for type_, id_ in content.true:
            self.ids[type_].append(id_)
        self.searchable = [t for t, one in self.types.items() if "search-type" in one.interactions]
        # What is about patients is asked for more often.
        about = [t for t in self.searchable if t in members() and t not in CLOSED]
        self.often = [*self.searchable, *about * 4, *["Observation"] * 20]

    def some(self, *choices):
        return self.dice.choice(choices)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def id_(self, type_: str) -> str:
        if self.chance(0.06) or not self.ids[type_]:
            return self.some("none", "0", "-", "a" * 64, "a" * 65, "B", "A")
        return self.dice.choice(self.ids[type_])

    def value(self, type_: str, parameter, modifier: str = "") -> str:
        """Return what could stand behind the parameter: often what is stored under it."""
        if modifier in TAKES:
            return self.some(*TAKES[modifier])
        if isinstance(parameter, Composite):
            return "$".join(self.value(type_, one) for one in parameter.parts)
        values = self.content.values
        found = values.get((type_, parameter.code)) or values.get((type_, "code"))
        if not found or self.chance(0.08):
            return self.some(*ODD)
        value = self.varied(self.dice.choice(found), parameter, modifier)
        return f"{value},{self.dice.choice(found)}" if self.chance(0.1) else value

    def varied(self, value: str, parameter, modifier: str) -> str:
        """Return a stored value as one of the ways to write it."""
        if parameter.kind == "date" and self.chance(0.3):
            value = self.some(*DATES)
        if parameter.kind in RANGED:
            value = self.some(*PREFIXES) + value
        if isinstance(parameter, Reference):
            return self.spelled(value, modifier)
        if "|" in value and self.chance(0.4):
            system, _, code = value.partition("|")
            return code if self.chance(0.7) else f"{system}|"
        return value

    def spelled(self, value: str, modifier: str) -> str:
        type_, _, id_ = value.partition("/")
        if modifier == "identifier":
            return self.some("urn:snils|88", "88", "11223344595")
        if modifier and modifier == type_:
            return id_
        return self.some(value, value, value, id_, f"{BASE}/{value}", f"{value}/_history/1",
                         f"http://other.example/{value}")  # fmt: skip

    def clause(self, type_: str, depth: int = 0) -> tuple[str, str]:
        """Return one parameter of `type_` with its value, through up to `depth` other types."""
        if depth and self.chance(0.8):
            return self.chained(type_, depth)
        parameter = self.parameters[type_][self.code(type_)]
        modifier = self.modifier(parameter)
        name = f"{parameter.code}:{modifier}" if modifier else parameter.code
        return name, self.value(type_, parameter, modifier)

    def code(self, type_: str) -> str:
        """Return the code of a parameter of `type_`, more often one with values stored."""
        known = self.parameters[type_]
        if self.chance(0.2):
            return self.some(*(one for one in COMMON if one in known))
        filled = [code for code in sorted(known) if self.content.values.get((type_, code))]
        return self.dice.choice(filled if filled and self.chance(0.7) else sorted(known))

    def modifier(self, parameter) -> str:
        if self.chance(0.01):
            return self.some("exact", "contains", "Patient", "nonsense", "text-advanced")
        modifiers = sorted(parameter.modifiers)
        if isinstance(parameter, Reference):
            modifiers += [*parameter.targets[:6], "Patient"]
        return self.dice.choice(modifiers) if modifiers and self.chance(0.25) else ""

    def chained(self, type_: str, depth: int) -> tuple[str, str]:
        back = including_back(type_, self.parameters)
        if back and self.chance(0.4):
            source, _, code = self.dice.choice(back).partition(":")
            name, value = self.clause(source, depth - 1)
            return f"_has:{source}:{code}:{name}", value
        ways = [
            (one, target)
            for one in self.parameters[type_].values()
            if isinstance(one, Reference)
            for target in one.targets or self.types
            if target in self.types
        ]
        if not ways:
            return self.clause(type_)
        parameter, target = self.dice.choice(ways)
        name, value = self.clause(target, depth - 1)
        narrowed = f":{target}" if len(parameter.targets) != 1 or self.chance(0.2) else ""
        return f"{parameter.code}{narrowed}.{name}", value

    def include(self, type_: str) -> tuple[str, str]:
        """Return an `_include` or `_revinclude`, perhaps `:iterate`, perhaps `*`."""
        back = self.chance(0.5)
        ways = (including_back if back else including)(type_, self.parameters)
        name = "_revinclude" if back else "_include"
        iterate = ":iterate" if self.chance(0.3) else ""
        if not ways or self.chance(0.15):
            return name + iterate, self.some("*", f"{type_}:*", "*", "Observation:subject")
        if iterate:
            ways = [way for one in self.types for way in including(one, self.parameters)]
        way = self.dice.choice(ways)
        return name + iterate, way + self.some("", "", "", "", ":Patient", ":Observation")


__all__ = ["Clauses"]
