"""The invariants of data types that a schema cannot say: key and words are R4's own.

https://hl7.org/fhir/R4/datatypes.html
"""

from fhirbridge.fhir.constraint import (
    Constraint,
    both_or_neither,
    exact,
    excludes,
    low_first,
    needs,
    not_negative,
    offset_of_event,
    ordered,
)

QUANTITY = (
    Constraint(
        "qty-3",
        "If a code for the unit is present, the system SHALL also be present",
        needs("code", "system"),
    ),
)
DATA_TYPES: dict[str, tuple[Constraint, ...]] = {
    "Attachment": (
        Constraint(
            "att-1",
            "If the Attachment has data, it SHALL have a contentType",
            needs("data", "contentType"),
        ),
    ),
    "ContactPoint": (
        Constraint(
            "cpt-2", "A system is required if a value is provided", needs("value", "system")
        ),
    ),
    "Period": (
        Constraint("per-1", "If present, start SHALL have a lower value than end", ordered),
    ),
    **dict.fromkeys(
        ("Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity"), QUANTITY
    ),
    "Range": (
        Constraint("rng-2", "If present, low SHALL have a lower value than high", low_first),
        exact("low", "high"),
    ),
    "Ratio": (
        Constraint(
            "rat-1",
            "Numerator and denominator SHALL both be present, or both are absent",
            both_or_neither("numerator", "denominator"),
        ),
    ),
    "SampledData": (exact("origin"),),
    "Timing_Repeat": (
        Constraint(
            "tim-1",
            "If there's a duration, there needs to be duration units",
            needs("duration", "durationUnit"),
        ),
        Constraint(
            "tim-2",
            "If there's a period, there needs to be period units",
            needs("period", "periodUnit"),
        ),
        Constraint("tim-4", "Duration SHALL be a non-negative value", not_negative("duration")),
        Constraint("tim-5", "Period SHALL be a non-negative value", not_negative("period")),
        Constraint(
            "tim-6",
            "If there's a durationMax, there must be a duration",
            needs("durationMax", "duration"),
        ),
        Constraint(
            "tim-7", "If there's a periodMax, there must be a period", needs("periodMax", "period")
        ),
        Constraint(
            "tim-8", "If there's a countMax, there must be a count", needs("countMax", "count")
        ),
        Constraint(
            "tim-9",
            "If there's an offset, there must be a when (and not C, CM, CD, CV)",
            offset_of_event,
        ),
        Constraint(
            "tim-10",
            "If there's a timeOfDay, there cannot be a when",
            excludes("timeOfDay", "when"),
        ),
    ),
}
