from fhirbridge.search.recent import Recent


def test_what_is_kept_is_found_until_there_is_too_much():
    recent = Recent(most=2)
    recent.keep("a", 1)
    recent.keep("b", 2)
    assert (recent.get("a"), recent.get("b")) == (1, 2)
    recent.keep("c", 3)
    assert (recent.get("a"), recent.get("c")) == (None, 3)
