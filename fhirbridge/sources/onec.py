"""How 1C says no: its wordings, in Russian and English, whatever HTTP status carries them.

The cluster, the web server module, the platform and the service's own code each have a form:
sources.md 1.4 and 1.5 collect them. The first row that is found decides.
"""

import re
from collections.abc import Mapping
from typing import Any

from fhirbridge.sources.errors import (
    Crashed,
    Denied,
    LicenceRefused,
    Locked,
    Missing,
    SessionLost,
    SourceError,
    Unavailable,
)

SHAPES: tuple[tuple[re.Pattern[str], type[SourceError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), error)
    for pattern, error in (
        (r"не обнаружено свободной лицензии|no free licenses", LicenceRefused),
        (r"не найдена лицензия|license not found", LicenceRefused),
        (r"превышено максимальное количество пользователей", LicenceRefused),
        (r"истекло время ожидания сеанса|session (?:wait )?timeout", LicenceRefused),
        (r"virtual-resource-system[^>]*reason=\"406\"", LicenceRefused),
        (r"сеанс отсутствует|сеанс не найден|session does not exist", SessionLost),
        (r"начало сеанса с информационной базой запрещено", Locked),
        (r"ведутся технические работы", Locked),
        (r"идентификация пользователя не выполнена", Denied),
        # OData: 20 no rights, 9 no such object; others are faults of the request.
        (r"odata\.error\W+code\W+20\b|<m:code>20<", Denied),
        (r"odata\.error\W+code\W+9\b|<m:code>9<", Missing),
        (r"odata\.error|<m:error", Crashed),
        (r"\{[\w.]+\.модуль\w*\(\d+(?:,\s*\d+)?\)\}", Crashed),
        (r"1c:enterprise 8 application error|1с:предприятие 8.{0,3}ошибка", Unavailable),
    )
)


def innermost(value: Any) -> str | None:
    """Return the text of a JSON exception: its innermost `descr`, or None for other JSON.

    Its neighbours hold stack addresses and dumps, which must not reach a log.
    """
    part = value.get("exception") if isinstance(value, Mapping) else None
    text = None
    while isinstance(part, Mapping):
        text = str(part.get("descr", "")) or text
        part = part.get("inner")
    return text
