"""What the pages say, in English and Russian."""

from collections.abc import Mapping
from typing import Literal

from fhirbridge.auth.scopes import BREAK_GLASS

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, Language] = ("en", "ru")

TEXTS: Mapping[str, tuple[str, str]] = {
    "login": ("Log in", "Вход"),
    "login_for": ("Log in to continue to", "Войдите, чтобы продолжить в"),
    "name": ("User name", "Имя пользователя"),
    "password": ("Password", "Пароль"),
    "enter": ("Log in", "Войти"),
    "wrong": ("The user name or the password is wrong.", "Неверное имя пользователя или пароль."),
    "tired": (
        "Too many attempts. Try again in a quarter of an hour.",
        "Слишком много попыток. Повторите через четверть часа.",
    ),
    "stale": (
        "The page was open too long. Please do it again.",
        "Страница была открыта слишком долго. Повторите, пожалуйста.",
    ),
    "have_code": ("I have a code from the clinic", "У меня есть код из клиники"),
    "join": ("First visit", "Первый вход"),
    "join_help": (
        "Enter the code you were given at the desk, and choose a name and a password.",
        "Введите код, который вам выдали в регистратуре, и придумайте имя и пароль.",
    ),
    "code": ("Code", "Код"),
    "join_enter": ("Create the account", "Создать учётную запись"),
    "not_joined": (
        "The code is not valid, or the name is taken.",
        "Код недействителен, или такое имя уже занято.",
    ),
    "weak": (
        "Name: 3 to 64 letters, digits, . _ @ + -. Password: 10 or more, not the name.",
        "Имя: от 3 до 64 букв, цифр, . _ @ + -. Пароль: не короче 10 знаков, не имя.",
    ),
    "consent": ("Allow access?", "Разрешить доступ?"),
    "consent_for": ("asks for access to your record", "запрашивает доступ к вашим данным"),
    "consent_user": (
        "asks for access with your rights",
        "запрашивает доступ от вашего имени",
    ),
    "you_are": ("You are logged in as", "Вы вошли как"),
    "may": ("It will be able to", "Приложение сможет"),
    "always": ("It will also learn", "Приложение также узнает"),
    "leads_to": ("You will be taken to", "Вы перейдёте на"),
    "patient": ("Patient", "Пациент"),
    "find": ("Find by name", "Найти по имени"),
    "find_enter": ("Find", "Найти"),
    "found_more": (
        "Only some are shown. Type a name to find others.",
        "Показаны не все. Чтобы найти других, введите имя.",
    ),
    "found_nobody": (
        "None of your current patients is called so.",
        "Среди ваших нынешних пациентов такого имени нет.",
    ),
    "born": ("born", "дата рождения"),
    "allow": ("Allow", "Разрешить"),
    "deny": ("Do not allow", "Не разрешать"),
    "manage": ("Apps with access", "Приложения с доступом"),
    "no_apps": ("No app has access.", "Доступа нет ни у одного приложения."),
    "since": ("since", "с"),
    "until": ("until", "до"),
    "remove": ("Remove access", "Отозвать доступ"),
    "logout": ("Log out", "Выйти"),
    "not_an_app": (
        "This link did not come from an app that the clinic knows. Close the page.",
        "Ссылка получена не от известного клинике приложения. Закройте страницу.",
    ),
    "unreadable": ("The request could not be read.", "Запрос не удалось прочитать."),
    "failed": (
        "This does not work at the moment. Please try again later.",
        "Сейчас это не работает. Пожалуйста, попробуйте позже.",
    ),
    "external": ("Log in with", "Войти через"),
    "not_linked": (
        "This login is not linked to an account here. Ask at the desk.",
        "Этот вход не связан с учётной записью клиники. Обратитесь в регистратуру.",
    ),
    "error": ("Something is wrong", "Что-то не так"),
    "read": ("view", "просматривать"),
    "write": ("view and change", "просматривать и изменять"),
    "change": ("add or change", "добавлять и изменять"),
    "everything": ("all records", "все данные"),
    "offline_access": (
        "keep this access when you are not using it",
        "сохранять доступ, когда вы им не пользуетесь",
    ),
    "online_access": (
        "keep this access while you are logged in",
        "сохранять доступ, пока вы не вышли",
    ),
    "only": ("only", "только"),
    "break_glass": (
        "look at any record in an emergency, which is looked into",
        "просматривать любую карту в экстренном случае (каждый случай проверяется)",
    ),
    "openid": ("who you are here", "кто вы в этой системе"),
    "launch": ("which patient is open", "чья карта открыта"),
}

TYPES: Mapping[str, tuple[str, str]] = {
    "Patient": ("personal details", "личные данные"),
    "Practitioner": ("doctors", "врачей"),
    "PractitionerRole": ("doctors' specialties", "специальности врачей"),
    "Organization": ("clinics", "клиники"),
    "Location": ("rooms and places", "кабинеты и адреса"),
    "HealthcareService": ("services", "услуги"),
    "Schedule": ("schedules", "расписания"),
    "Slot": ("free times", "свободное время приёма"),
    "Appointment": ("appointments", "записи на приём"),
    "ServiceRequest": ("orders and referrals", "назначения и направления"),
    "Specimen": ("samples", "пробы"),
    "Observation": ("test results and observations", "результаты анализов и наблюдения"),
    "DiagnosticReport": ("laboratory reports", "лабораторные заключения"),
    "DocumentReference": ("documents", "документы"),
    "Binary": ("files of documents", "файлы документов"),
    "List": ("lists of records", "списки данных"),
    "AuditEvent": ("who looked at the record", "кто просматривал данные"),
    "Provenance": ("where records came from", "происхождение данных"),
}


def text(key: str, language: Language) -> str:
    """Return the text called `key` in `language`; raises KeyError for an unknown one."""
    return TEXTS[key][LANGUAGES.index(language)]


def day(date: str, language: Language) -> str:
    """Return a FHIR date, or part of one, as it is written in `language`."""
    return ".".join(reversed(date.split("-"))) if language == "ru" else date


def described(scope: str, language: Language) -> str:
    """Return what a scope lets an app do, in words."""
    if scope in {"offline_access", "online_access"}:
        return text(scope, language)
    if scope == BREAK_GLASS:
        return text("break_glass", language)
    scope, _, narrow = scope.partition("?")
    if "/" not in scope or scope.startswith("launch"):
        return text("launch" if scope.startswith("launch") else "openid", language)
    type_, _, rights = scope.partition("/")[2].partition(".")
    what = text("everything", language)
    if type_ != "*":
        what = TYPES.get(type_, (type_, type_))[LANGUAGES.index(language)]
    if narrow:
        codes = ", ".join(pair.rpartition("|")[2] for pair in narrow.split("&"))
        what = f"{what} ({text('only', language)} {codes})"
    return f"{text(_verb(rights), language)}: {what}"


def _verb(rights: str) -> str:
    reads = rights in {"read", "*"} or bool(set(rights) & set("rs") and rights != "write")
    writes = rights in {"write", "*"} or bool(set(rights) & set("cud") and rights != "read")
    if reads and writes:
        return "write"
    return "change" if writes else "read"
