"""Quantities, in the units they were written in: https://hl7.org/fhir/R4/search.html#quantity."""

from fhirbridge.search.values import QuantityRow, QuantityValue
from fhirbridge.store.index import number
from fhirbridge.store.sql import Sql

TABLE = "idx_quantity"
COLUMNS = ("low", "high", "system", "code", "unit")


def stored(row: QuantityRow) -> tuple[float, float, str | None, str | None, str | None]:
    """Return the values of the columns; an open end is infinite."""
    low = number.LOWEST if row.low is None else row.low
    high = number.HIGHEST if row.high is None else row.high
    return float(low), float(high), row.system, row.code, row.unit


def holds(alias: str, value: QuantityValue) -> Sql:
    """Return that the number and the unit of a row are what `value` asks for."""
    amount = number.holds(alias, value.number)
    unit = _unit(alias, value)
    return Sql(f"{amount.text} AND {unit.text}", amount.parameters + unit.parameters)


def _unit(alias: str, value: QuantityValue) -> Sql:
    if value.any_system:
        if value.code is None:
            return Sql("1 = 1")
        return Sql(f"({alias}.code = ? OR {alias}.unit = ?)", (value.code, value.code))
    system = (
        Sql(f"{alias}.system IS NULL")
        if value.system is None
        else Sql(f"{alias}.system = ?", (value.system,))
    )
    if value.code is None:
        return system
    return Sql(f"{system.text} AND {alias}.code = ?", (*system.parameters, value.code))
