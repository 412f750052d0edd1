"""Operations, `$name`: a file each, listed in `table`. https://hl7.org/fhir/R4/operations.html."""
