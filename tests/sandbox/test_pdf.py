import re
import shutil
import subprocess

import pytest

from fhirbridge.sandbox.pdf import document

LINES = ["Гемоглобин          132 г/л", "Ёлка ёж № 5 «кавычки» ± °", "latin 1,5"]


def test_every_object_is_where_the_table_says():
    data = document("Результаты № 1", LINES * 40)
    assert data.startswith(b"%PDF-1.4")
    assert data.endswith(b"%%EOF\n")
    table = int(re.search(rb"startxref\n(\d+)", data)[1])
    assert data[table : table + 4] == b"xref"
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n ", data)]
    for number, place in enumerate(places, 1):
        assert data[place:].startswith(b"%d 0 obj" % number)
    assert data.count(b"/Type /Page ") == 3


def test_every_stream_is_as_long_as_it_says():
    data = document("Т", LINES)
    streams = re.findall(rb"<< /Length (\d+) >>\nstream\n(.*?)\nendstream", data, re.DOTALL)
    assert len(streams) == 2
    assert all(int(length) == len(content) for length, content in streams)


def test_the_text_can_be_read_back_by_its_own_letters():
    data = document("Т", ["Ёж"])
    letters = dict(re.findall(rb"<(..)> <(....)>", data))
    rows = re.findall(rb"<([0-9a-f]*)> Tj", data)
    codes = [rows[2][at : at + 2] for at in range(0, len(rows[2]), 2)]
    assert "".join(chr(int(letters[code], 16)) for code in codes) == "Ёж"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on this machine")
def test_a_reader_of_pdf_finds_the_title_and_the_text(tmp_path):
    file = tmp_path / "report.pdf"
    file.write_bytes(document("Результаты № 1", LINES))
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    assert all(line in text.stdout.decode("utf-8") for line in LINES)
    facts = subprocess.run(["pdfinfo", file], capture_output=True, check=True)
    assert "Результаты № 1" in facts.stdout.decode("utf-8")
    assert facts.stderr == b""
