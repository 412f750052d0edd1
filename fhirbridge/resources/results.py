"""What a patient sees of laboratory results, by their status.

https://hl7.org/fhir/R4/valueset-observation-status.html
"""

# With any other status (registered, preliminary, unknown) a result is withheld.
RELEASED = frozenset({"final", "amended", "corrected", "cancelled", "entered-in-error"})

# What stays visible of a result entered in error: that it was, not what it said.
OUTLINE = frozenset(
    {
        *("resourceType", "id", "meta", "identifier", "basedOn", "status", "category", "code"),
        *("subject", "encounter", "effectiveDateTime", "effectivePeriod", "effectiveInstant"),
        *("effectiveTiming", "issued", "performer", "specimen"),
    }
)
