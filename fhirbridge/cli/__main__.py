"""`python -m fhirbridge.cli` is the command line too: the demo starts its processes so."""

from fhirbridge.cli import main

main()
