"""Real PDF bytes, written by hand: one page of Cyrillic text that can be read back.

https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf (ISO 32000-1).
The font is named, not embedded: a viewer puts its own monospaced one in its place; the
ToUnicode map is what text extraction reads.
"""

from collections.abc import Iterable

LINES_PER_PAGE = 48
LEADING = 15
FIRST_CODE, LAST_CODE = 32, 255
GLYPHS = {
    "Ё": "afii10023",
    "ё": "afii10071",
    "№": "afii61352",
    "«": "guillemotleft",
    "»": "guillemotright",
    "–": "endash",
    "—": "emdash",
    "±": "plusminus",
    "°": "degree",
    "\u00a0": "space",
}


def document(title: str, lines: Iterable[str]) -> bytes:
    """Return a PDF that says `title` and `lines`, on as many pages as it takes."""
    text = [title, "", *lines]
    sheets = [text[at : at + LINES_PER_PAGE] for at in range(0, len(text), LINES_PER_PAGE)]
    pages = [5 + 2 * number for number in range(len(sheets))]
    kids = " ".join(f"{page} 0 R" for page in pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        _font(),
        _stream(_to_unicode()),
    ]
    for page, sheet in zip(pages, sheets, strict=True):
        objects += [_page(page + 1), _stream(_content(sheet))]
    information = f"<< /Title <{_utf16(title)}> /Producer (fhirbridge sandbox) >>"
    return _file([*objects, information.encode()])


def _page(content: int) -> bytes:
    resources = "<< /Font << /F1 3 0 R >> >>"
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources {resources} "
        f"/Contents {content} 0 R >>"
    ).encode()


def _content(sheet: list[str]) -> bytes:
    rows = [f"<{row.encode('cp1251', 'replace').hex()}> Tj T*" for row in sheet]
    return f"BT /F1 10 Tf {LEADING} TL 50 790 Td\n{chr(10).join(rows)}\nET".encode()


def _font() -> bytes:
    names = "\n".join(f"{code} /{_glyph(code)}" for code in range(128, LAST_CODE + 1))
    widths = " ".join(["600"] * (LAST_CODE - FIRST_CODE + 1))
    descriptor = (
        "<< /Type /FontDescriptor /FontName /CourierNew /Flags 33 /FontBBox [-20 -300 620 900] "
        "/ItalicAngle 0 /Ascent 833 /Descent -300 /CapHeight 700 /StemV 80 >>"
    )
    encoding = f"<< /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [\n{names}\n] >>"
    return (
        "<< /Type /Font /Subtype /TrueType /BaseFont /CourierNew "
        f"/FirstChar {FIRST_CODE} /LastChar {LAST_CODE} /Widths [{widths}] "
        f"/FontDescriptor {descriptor} /Encoding {encoding} /ToUnicode 4 0 R >>"
    ).encode()


def _letter(code: int) -> str:
    return bytes([code]).decode("cp1251", "replace")


def _glyph(code: int) -> str:
    letter = _letter(code)
    if "А" <= letter <= "Я":
        # Adobe's names run from А to Е, then leave one place for Ё: afii10023.
        return f"afii{10017 + ord(letter) - ord('А') + (letter > 'Е')}"
    if "а" <= letter <= "я":
        return f"afii{10065 + ord(letter) - ord('а') + (letter > 'е')}"
    return GLYPHS.get(letter, ".notdef")


def _to_unicode() -> bytes:
    pairs = [(code, _letter(code)) for code in range(FIRST_CODE, LAST_CODE + 1)]
    known = [f"<{code:02x}> <{_utf16(letter)[4:]}>" for code, letter in pairs if letter != "\ufffd"]
    blocks = [known[at : at + 100] for at in range(0, len(known), 100)]
    chars = "\n".join(
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CMapName /Cyrillic def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <ff>\nendcodespacerange\n{chars}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()


def _utf16(text: str) -> str:
    return "feff" + text.encode("utf-16-be").hex()


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _file(objects: list[bytes]) -> bytes:
    """Return the objects in a file; the last one is the document information."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"<< /Size %d /Root 1 0 R /Info %d 0 R >>" % (len(objects) + 1, len(objects))
    return bytes(out + b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, table))
