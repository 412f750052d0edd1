import re

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fhirbridge.fhir.identity import Identity, subkey

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_the_same_thing_has_the_same_id_and_another_key_another():
    one = Identity(b"k" * 32)
    assert one.derive("onec", "Slot", "7") == Identity(b"k" * 32).derive("onec", "Slot", "7")
    assert one.derive("onec", "Slot", "7") != Identity(b"j" * 32).derive("onec", "Slot", "7")
    assert UUID.fullmatch(one.derive("onec", "Slot", "7"))


def test_parts_cannot_be_shifted_into_one_another():
    identity = Identity(b"k" * 32)
    ids = {
        identity.derive(*parts)
        for parts in [("a", "bc", "d"), ("ab", "c", "d"), ("a", "b", "cd"), ("a\0b", "c", "d")]
    }
    assert len(ids) == 4


def test_the_key_is_not_shown():
    assert "secret" not in repr(Identity(b"secret"))


def test_subkeys_are_hkdf_and_differ_by_purpose():
    expected = HKDF(SHA256(), 32, b"fhirbridge", b"ids").derive(b"s" * 32)
    assert subkey(b"s" * 32, "ids") == expected
    assert subkey(b"s" * 32, "ids") != subkey(b"s" * 32, "tokens")
