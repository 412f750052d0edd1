"""Whole answers that come instead of data: the shapes in which such systems are known to fail.

The wordings were collected from public descriptions; nothing here comes from a vendor.
"""

from dataclasses import dataclass

from flask import Response

VRS = "http://v8.1c.ru/8.2/virtual-resource-system"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"
XML = "application/xml; charset=utf-8"
GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True, slots=True)
class Page:
    """A whole answer that replaces the honest one."""

    status: int
    content_type: str
    text: str

    def response(self) -> Response:
        """Return it as an answer."""
        return Response(self.text, self.status, content_type=self.content_type)


def _platform_page(words: str) -> str:
    title = "1C:Enterprise 8 application error"
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h2>{title}:</h2>"
        f"{words}</body></html>"
    )


PAGES = {
    "auth-401": Page(
        401, HTML, "<html><body>Идентификация пользователя не выполнена</body></html>"
    ),
    "licence-none-ru": Page(500, HTML, _platform_page("Не обнаружено свободной лицензии!")),
    "licence-none-en": Page(500, TEXT, "There are no free licenses!"),
    "licence-not-found-ru": Page(
        500,
        TEXT,
        "Не найдена лицензия. Не обнаружен ключ защиты программы или полученная программная"
        " лицензия!",
    ),
    "session-pool-timeout-406": Page(
        406,
        XML,
        f'<?xml version="1.0" encoding="UTF-8"?><exception xmlns="{VRS}"'
        ' clsid="580392e6-ba49-4280-ac67-fcd6f2180121" reason="406">'
        '<descr xmlns="http://v8.1c.ru/8.1/data/core">Истекло время ожидания сеанса</descr>'
        "</exception>",
    ),
    "session-gone-400": Page(400, TEXT, "Сеанс отсутствует или удален"),
    "base-locked-403": Page(
        403,
        JSON,
        f'\ufeff{{"#exception":"{{{VRS}}}Exception","exception":{{"reason":403,'
        '"descr":"HTTP: Forbidden","inner":{"descr":"Начало сеанса с информационной базой '
        'запрещено.\\nВедутся технические работы","inner":{"descr":"Ведутся технические '
        'работы"}}}}',
    ),
    "platform-html-500": Page(
        500, HTML, _platform_page("Unrecoverable error<br><b>by reason: </b><br>disk is full")
    ),
    "handler-500": Page(
        500,
        TEXT,
        "{HTTPСервис.MedicalAPI.Модуль(12)}: Преобразование значения к типу Дата не может быть"
        " выполнено",
    ),
    "handler-in-200": Page(
        200, TEXT, "{HTTPСервис.MedicalAPI.Модуль(84)}: Поле объекта не обнаружено (middleName)"
    ),
    "publication-404": Page(404, HTML, "<html><body>Ошибка 404. Страница не найдена</body></html>"),
    "gateway-502": Page(502, HTML, GATEWAY),
    "server-error-json": Page(500, JSON, '{"error": "internal"}'),
    "gateway-page-in-200": Page(
        200,
        HTML,
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>Сервис временно'
        " недоступен</body></html>",
    ),
    "empty-200": Page(200, JSON, ""),
    "empty-list-200": Page(200, JSON, "[]"),
    "rate-429": Page(429, JSON, '{"error": "too many requests"}'),
    "unavailable-503": Page(503, HTML, GATEWAY),
    "verb-405": Page(405, HTML, "<html><head><title>405</title></head><body></body></html>"),
    "pdf-not-ready": Page(404, JSON, '{"error": "Отчёт не готов"}'),
    "pdf-is-html": Page(200, "application/pdf", "<html><body>Войдите в систему</body></html>"),
    "pdf-empty": Page(200, "application/pdf", ""),
    "key-rotated": Page(401, JSON, '{"error": "unknown key"}'),
}
