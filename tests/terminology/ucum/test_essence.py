import hashlib
from collections import Counter

from fhirbridge.fhir import data
from fhirbridge.terminology.ucum import essence
from fhirbridge.terminology.ucum.magnitude import definition
from fhirbridge.terminology.ucum.special import scales

ORIGINAL = "dfccea1b5dc284245ebae97edd1dc03c45864da4e87df55bc9851797b4fd0b61"


def test_the_table_is_ucums_own_unmodified():
    assert hashlib.sha256(data.read(essence.TABLE)).hexdigest() == ORIGINAL


def test_the_notice_names_the_owner_and_leads_to_the_licence():
    notice = data.read("terminology/ucum/NOTICE.txt").decode()
    assert "Regenstrief Institute" in notice
    assert "https://ucum.org/license" in notice
    assert 'PROVIDED "AS IS."' in notice


def test_all_prefixes_and_units_of_the_table_are_there():
    text = data.read(essence.TABLE).decode("ascii")
    added = 1
    assert len(essence.prefixes()) == text.count("<prefix ") == 24
    assert len(essence.atoms()) == text.count("<unit ") + text.count("<base-unit ") + added


def test_every_atom_is_defined_down_to_dimensions_and_has_a_name():
    for atom in essence.atoms().values():
        assert definition(atom).factor > 0
        assert atom.name


def test_every_special_unit_has_a_scale():
    functions = {atom.function for atom in essence.atoms().values()} - {""}
    assert functions == set(scales())


def test_no_two_prefixed_units_are_written_alike():
    atoms = [atom for atom in essence.atoms().values() if atom.metric or atom.arbitrary]
    written = Counter(one.code + atom.code for one in essence.prefixes() for atom in atoms)
    assert [code for code, times in written.items() if times > 1] == []


def test_an_atom_wins_over_a_prefixed_one():
    assert essence.symbols()["cd"].atom.name == "candela"
    assert essence.symbols()["Pa"].atom.name == "pascal"
    assert essence.symbols()["mo"].atom.name == "month"
