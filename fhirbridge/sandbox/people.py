"""Invented people: names from lists, SNILS that begin with 900, phones that nobody has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from fhirbridge.sandbox.chance import chance, guid

MALE = [
    "Иван",
    "Глеб",
    "Пётр",
    "Артём",
    "Семён",
    "Юрий",
    "Олег",
    "Егор",
    "Тимур",
    "Рустам",
    "Фёдор",
    "Лев",
    "Матвей",
    "Захар",
    "Борис",
]
FEMALE = [
    "Мария",
    "Дарья",
    "Анна",
    "Вера",
    "Ольга",
    "Юлия",
    "Нина",
    "Софья",
    "Алёна",
    "Зоя",
    "Лилия",
    "Жанна",
    "Елена",
    "Полина",
    "Раиса",
]
FATHERS = [
    "Иванов",
    "Петров",
    "Макетов",
    "Тестов",
    "Образцов",
    "Глебов",
    "Семёнов",
    "Юрьев",
    "Олегов",
    "Егоров",
    "Тимуров",
    "Фёдоров",
]
FAMILIES = [
    "Примеров",
    "Образцов",
    "Макетов",
    "Шаблонов",
    "Тестов",
    "Пробников",
    "Эталонов",
    "Вариантов",
    "Наборов",
    "Чертежов",
    "Списков",
    "Столбцов",
    "Строкин",
    "Ячейкин",
    "Таблицын",
    "Ведомостев",
    "Журналов",
    "Листов",
    "Бланков",
    "Копиев",
    "Справкин",
    "Архивов",
    "Реестров",
    "Записин",
    "Описин",
    "Отчётов",
    "Сметин",
    "Планов",
    "Графиков",
    "Заявкин",
]
BORN_BEFORE = 2026
OLDEST, YOUNGEST = 85, 1


@dataclass(frozen=True, slots=True)
class Patient:
    """A person as the world knows them; each system spells them in its own way."""

    number: int
    guid: str
    family: str
    given: str
    patronymic: str
    birth: date
    male: bool
    phone: str
    email: str
    snils: str
    policy: str


def snils(number: int, *, valid: bool = True) -> str:
    """Return eleven digits that begin with 900."""
    digits = f"900{number:06}"
    check = sum(int(digit) * (9 - place) for place, digit in enumerate(digits)) % 101 % 100
    return f"{digits}{check if valid else (check + 1) % 100:02}"


def patient(seed: int, number: int) -> Patient:
    """Return patient `number` of the world; the first ones are the difficult cases."""
    luck = chance(seed, "patient", number)
    male = luck.random() < 0.45  # noqa: PLR2004 - a share
    family, father = luck.choice(FAMILIES), luck.choice(FATHERS)
    years = luck.randint(YOUNGEST, OLDEST)
    birth = date(BORN_BEFORE - years, 1, 1) + timedelta(days=luck.randrange(365))
    plain = Patient(
        number=number,
        guid=guid(seed, "patient", number),
        family=family if male else f"{family}а",
        given=luck.choice(MALE if male else FEMALE),
        patronymic=f"{father}ич" if male else f"{father}на",
        birth=birth,
        male=male,
        phone=f"+7900{number:07}",
        email=f"patient{number}@example.org" if luck.random() < 0.6 else "",  # noqa: PLR2004
        snils=snils(1000 + number) if luck.random() < 0.8 else "",  # noqa: PLR2004
        policy=f"99{luck.randrange(10**14):014}" if luck.random() < 0.7 else "",  # noqa: PLR2004
    )
    return replace(plain, **DIFFICULT.get(number, {}))


# A family with one phone, whose children are twins; a SNILS with a wrong check digit; the
# placeholder of zeros; no patronymic; a double name; two people with all names the same.
DIFFICULT: Mapping[int, Mapping[str, Any]] = {
    1: {
        "family": "Примеров",
        "given": "Иван",
        "patronymic": "Образцович",
        "birth": date(1985, 3, 15),
        "male": True,
        "phone": "+79000000001",
        "email": "primerov@example.org",
        "snils": "90000000182",
    },
    2: {
        "family": "Примерова",
        "given": "Мария",
        "patronymic": "Ивановна",
        "birth": date(2019, 6, 1),
        "male": False,
        "phone": "+79000000001",
        "email": "",
        "snils": "",
    },
    3: {
        "family": "Примерова",
        "given": "Дарья",
        "patronymic": "Ивановна",
        "birth": date(2019, 6, 1),
        "male": False,
        "phone": "+79000000001",
        "email": "",
        "snils": "",
    },
    4: {
        "family": "Макетов",
        "given": "Пётр",
        "patronymic": "Юрьевич",
        "male": True,
        "snils": snils(1004, valid=False),
    },
    5: {"snils": "00000000000", "phone": "+79000000001", "policy": ""},
    6: {"family": "Ким", "given": "Виктория", "patronymic": "", "male": False},
    7: {
        "family": "Семёнова-Тестова",
        "given": "Анна-Мария",
        "patronymic": "",
        "male": False,
        "birth": date(1990, 2, 1),
        "snils": "90012345636",
    },
    8: {"family": "Тестов", "given": "Лев", "patronymic": "Глебович", "male": True},
    9: {"family": "Тестов", "given": "Лев", "patronymic": "Глебович", "male": True},
}
