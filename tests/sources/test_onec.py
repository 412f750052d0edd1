import base64

import pytest
from scripted_server import reply
from talking_source import dialogues, sample, talking

from fhirbridge.sources import errors
from fhirbridge.sources.onec import innermost

REFUSALS = {
    "auth-401": errors.Denied,
    "licence-none-ru": errors.LicenceRefused,
    "licence-none-en": errors.LicenceRefused,
    "licence-not-found-ru": errors.LicenceRefused,
    "session-pool-timeout-406": errors.LicenceRefused,
    "session-gone-400": errors.SessionLost,
    "base-locked-403": errors.Locked,
    "platform-html-500": errors.Unavailable,
    "handler-500": errors.Crashed,
    "publication-404": errors.NotPublished,
    "gateway-502": errors.Unavailable,
    "gateway-page-in-200": errors.NotData,
    "empty-200": errors.NotData,
}
SAID = dialogues("05")


def answer(case):
    status, headers, body = case
    return reply(body, status, headers.get("Content-Type", ""))


def failure(said):
    """Return why the directory could not be read from this answer."""
    with talking("onec", said) as (_, source), pytest.raises(errors.SourceError) as caught:
        source.fetch("doctors")
    return caught.value


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_each_way_to_fail_is_told_apart(name):
    with (
        talking("onec", answer(SAID[name])) as (_, source),
        pytest.raises(errors.SourceError) as caught,
    ):
        source.fetch("doctors")
    assert type(caught.value) is REFUSALS[name]


def test_every_case_of_the_sample_is_tried():
    assert set(SAID) == set(REFUSALS) | {"empty-list-200", "double-encoded-json"}


def test_an_empty_list_and_json_in_a_string_are_data():
    with talking("onec", answer(SAID["empty-list-200"])) as (_, source):
        assert source.fetch("doctors").items == ()
    with talking("onec", answer(SAID["double-encoded-json"])) as (_, source):
        page = source.fetch("schedule", doctor="x", date="2026-12-01")
        assert page.items[0]["slots"][0]["cabinet"] == "101"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("{HTTPСервис.MedicalAPI.Модуль(84)}: Поле не обнаружено", 200, errors.Crashed),
        ("{ОбщийМодуль.X.МодульМенеджера(358, 7)}: ошибка", 500, errors.Crashed),
        ("Session does not exist", 200, errors.SessionLost),
        ('{"odata.error":{"code":"20","message":{"value":"нет прав"}}}', 403, errors.Denied),
        ('{"odata.error":{"code":"9","message":{"value":"нет"}}}', 404, errors.Missing),
        ('{"odata.error":{"code":"6","message":{"value":"нет"}}}', 404, errors.Crashed),
        ("<m:error><m:code>20</m:code></m:error>", 500, errors.Denied),
        ('{"exception":{"reason":500,"descr":"странное"}}', 200, errors.NotData),
        ('{"exception":{"descr":"Сеанс отсутствует или удален"}}', 200, errors.SessionLost),
        ('{"error": "internal"}', 500, errors.Unavailable),
        ("что-то", 418, errors.Refused),
    ],
)
def test_wordings_beyond_the_sample_are_known_too(body, status, error):
    with (
        talking("onec", reply(body, status)) as (_, source),
        pytest.raises(errors.SourceError) as caught,
    ):
        source.fetch("doctors")
    assert type(caught.value) is error


def test_words_of_a_refusal_inside_good_data_are_just_data():
    rows = '[{"guid": "1", "fullName": "Ведутся технические работы"}]'
    with talking("onec", reply(rows)) as (_, source):
        assert len(source.fetch("doctors").items) == 1


def test_the_useful_text_is_the_innermost_and_one_short_line_of_it_is_kept():
    with (
        talking("onec", answer(SAID["base-locked-403"])) as (_, source),
        pytest.raises(errors.Locked) as caught,
    ):
        source.fetch("doctors")
    assert caught.value.detail == "Ведутся технические работы"
    assert innermost([]) is None
    assert innermost({"exception": {"descr": "a", "inner": {}}}) == "a"


def test_an_error_says_no_long_number_and_no_second_line():
    error = errors.Crashed("СНИЛС 90000000182 не найден\nПациент Примеров")
    assert str(error) == "crashed: СНИЛС … не найден"


def test_the_samples_of_the_directory_and_a_day_come_through():
    with talking("onec", reply(sample("01")), reply(sample("03"))) as (server, source):
        doctors = source.fetch("doctors")
        page = source.fetch("schedule", doctor=doctors.items[2]["guid"], date="2026-12-01")
    assert (len(doctors.items), len(set(doctors.keys)), doctors.complete) == (9, 9, True)
    assert doctors.raw == sample("01")
    assert doctors.received == 1_000_000
    assert page.parameters["doctor"] == "5f1c2a10-0000-4000-8000-000000000003"
    assert server.asked[1].path == (
        "/medicine/hs/medapi/schedule/5f1c2a10-0000-4000-8000-000000000003/20261201"
    )


def test_a_cyrillic_name_and_a_password_with_a_colon_go_as_utf8():
    with talking("onec", reply()) as (server, source):
        source.fetch("doctors")
    pair = server.asked[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(pair).decode("utf-8") == "Дмитраков С.Н.:пароль:1"
