"""The net over statements: nothing about resources is asked while it is not known for whom."""

import re
from pathlib import Path
from unittest.mock import patch

import pytest
from isolation import Share, compared

import fhirbridge
from fhirbridge.search.query import Visibility
from fhirbridge.store.database import Database, Nobody, about_resources
from fhirbridge.store.tables import clinical

# Tables that hold nothing of a resource: numbers, and what the declarations say.
OF_NOBODY = {"ledger", "lineage", "directory_type", "patient_parameter"}
ABOUT = sorted(
    table.name for table in clinical.metadata.tables.values()
    if (table.name in vars(clinical) or table.name.startswith("idx_"))
    and table.name not in OF_NOBODY
)  # fmt: skip
NAMED = re.compile(rf"\b(?:{'|'.join(ABOUT)})\b(?!\.)")
# What asks a connection past the net, and may: it writes, or serves nobody.
PAST = {
    "cli/user.py": "whether a person to be linked is stored",
    "store/audit/concerned.py": "the worker stores the audit trail",
    "store/pertaining.py": "staff who say that two records are one",
    "store/records.py": "which record a resource was made from, for people at the command",
    "store/reindex.py": "`fhirbridge reindex`",
    "store/writing.py": "what a write replaces",
}


@pytest.mark.parametrize("table", ABOUT)
@pytest.mark.parametrize("form", ["SELECT * FROM {}", "SELECT 1 FROM token t JOIN\n {} r ON 1 = 1",
                                  "SELECT 1 FROM token t, {} r", "DELETE FROM {}"])  # fmt: skip
def test_a_statement_without_a_reader_is_not_run(clinic, table, form):
    with pytest.raises(Nobody):
        clinic.server.store.database.rows(form.format(table))


def test_the_reader_ends_with_what_is_asked(clinic):
    database, asked = clinic.server.store.database, "SELECT count(*) FROM resource WHERE id = 'A'"
    with database.acting(Visibility(patient="A")):
        with database.acting(Visibility(patient="B")):
            assert database.rows(asked) == [(1,)]
        assert database.rows(asked) == [(1,)]
    with pytest.raises(Nobody):
        database.rows(asked)


def test_every_statement_of_the_grammar_that_names_such_a_table_is_recognised(twins):
    asked = set()
    real = Database.rows

    def rows(self, sql, parameters=(), **more):
        asked.add(sql)
        return real(self, sql, parameters, **more)

    with patch.object(Database, "rows", rows):
        list(compared(twins, 3, 800, Share()))
    about = {one for one in asked if NAMED.search(one)}
    assert len(about) > 100
    assert [one for one in about if not about_resources(one)] == []


def test_nothing_else_asks_past_the_net():
    package = Path(fhirbridge.__file__).parent
    past = set()
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        tables = any(about_resources(line) for line in text.splitlines())
        if tables and re.search(r"(?:connection|held)\.rows\(", text):
            past.add(str(path.relative_to(package)))
    assert past == set(PAST)
