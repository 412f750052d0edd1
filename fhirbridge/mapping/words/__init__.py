"""The closed set of words that `as:` may say: docs/mapping.md explains each one."""

from collections.abc import Mapping

from fhirbridge.mapping.words import (
    codes,
    documents,
    flag,
    identity,
    names,
    reference_range,
    reports,
    result,
    telecom,
    text,
    time,
)
from fhirbridge.mapping.words.word import Word, plain, word

WORDS: Mapping[str, Word] = {
    "text": plain(text.text),
    "lines": plain(text.lines),
    "integer": plain(text.integer),
    "truth": word(text.truth, options="default"),
    "code": plain(text.code),
    "slug": plain(text.slug),
    "title": plain(text.name_of_thing),
    "room": plain(text.room),
    "pieces": plain(text.pieces),
    "name": word(names.name, "full family given patronymic"),
    "not-a-person": word(names.not_a_person, options="words"),
    "guid": plain(identity.guid),
    "snils": plain(identity.snils),
    "policy": plain(identity.policy),
    "id": word(identity.identity, options="key"),
    "reference": word(identity.reference, options="key"),
    "patient": plain(identity.patient),
    "phones": word(telecom.phones, options="region"),
    "email": plain(telecom.email),
    "instant": word(time.instant, "date time"),
    "moment": word(time.moment),
    "date": word(time.day, options="pivot"),
    "map": word(codes.mapped, options="map else missing"),
    "test": word(codes.coded_test, "code name unit", "system"),
    "result": word(result.result, "value unit state code type", "absent"),
    "range": word(reference_range.reference_range, "low high text unit code value"),
    "flag": word(flag.flag, "flag abnormal value low high text", "map"),
    "report-status": word(reports.report_status, "status results", "map corrected else missing"),
    "request": word(reports.request, "order panel code tests", "key system"),
    "pdf": plain(documents.pdf),
    "sha1": plain(documents.sha1),
    "size": plain(documents.size),
}
