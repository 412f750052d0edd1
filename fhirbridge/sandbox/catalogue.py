"""What the toy laboratory measures: its local codes, names, units, norms and panels.

One test a line: code | name | unit | low | high | decimals. A test with words instead of numbers
says them in place of the norm, the usual word first.
"""

from dataclasses import dataclass

NUMERIC = """
HGB|Гемоглобин|г/л|120|160|0
RBC|Эритроциты|10^12/л|3,8|5,7|2
HCT|Гематокрит|%|35|49|1
MCV|Средний объём эритроцита|фл|80|99|1
MCH|Среднее содержание Hb в эритроците|пг|27|34|1
MCHC|Средняя концентрация Hb в эритроцитах|г/л|320|370|0
PLT|Тромбоциты|тыс/мкл|150|400|0
WBC|Лейкоциты|10^9/л|4,5|11,0|2
NEUT%|Нейтрофилы, %|%|48|78|1
LYMPH%|Лимфоциты, %|%|19|37|1
MONO%|Моноциты, %|%|3|11|1
EOS%|Эозинофилы, %|%|1|5|1
ESR|СОЭ|мм/ч|2|20|0
GLU|Глюкоза|ммоль/л|4,1|6,1|2
CREA|Креатинин|мкмоль/л|44|106|1
UREA|Мочевина|ммоль/л|2,8|7,2|2
TP|Белок общий|г/л|64|83|1
ALB|Альбумин|г/л|35|52|1
TBIL|Билирубин общий|мкмоль/л|5|21|1
ALT|АлАТ|Ед/л||41|0
AST|АсАТ|Ед/л||40|0
GGT|ГГТ|Ед/л||60|0
K|Калий|ммоль/л|3,5|5,1|2
NA|Натрий|ммоль/л|136|145|0
CRP|С-реактивный белок|мг/л||5|2
FERR|Ферритин|мкг/л|13|400|1
FE|Железо сывороточное|мкмоль/л|9,0|31,3|1
CHOL|Холестерин общий|ммоль/л||5,2|2
HDL|Холестерин ЛПВП|ммоль/л|1,0||2
LDL|Холестерин ЛПНП|ммоль/л||3,0|2
TRIG|Триглицериды|ммоль/л||1,7|2
TSH|Тиреотропный гормон (ТТГ)|мкМЕ/мл|0,4|4,0|2
FT4|Т4 свободный|пмоль/л|9,0|22,0|1
ATPO|Антитела к ТПО|МЕ/мл||5,6|1
VITD|25-OH витамин D|нмоль/л|75|250|1
B12|Витамин B12|пмоль/л|145|569|0
HBA1C|Гликированный гемоглобин|%|4,0|6,0|1
PT|Протромбиновое время|сек|9,4|12,5|1
INR|МНО||0,85|1,15|2
FIB|Фибриноген|г/л|2,0|4,0|2
APTT|АЧТВ|сек|25,1|36,5|1
USG|Относительная плотность мочи||1,010|1,025|3
UPH|pH мочи|pH|5,0|7,0|1
UWBC|Лейкоциты в осадке мочи|в п/зр|0|5|0
URBC|Эритроциты в осадке мочи|в п/зр|0|2|0
PSA|ПСА общий|нг/мл||4,0|3
"""
WORDED = """
UCOL|Цвет мочи|соломенно-жёлтый;жёлтый;янтарный
UCLAR|Прозрачность мочи|прозрачная;мутноватая
UPRO|Белок в моче|отр.;следы;+;0,3 г/л
UGLU|Глюкоза в моче|отрицательно;+
UKET|Кетоновые тела (моча)|отр.;±;++
UBLD|Гемоглобин в моче|отр.;+
HBSAG|HBsAg|отр.;отрицательно;ПОЛОЖ.
AHCV|Антитела к ВГС суммарные|отр.;отрицательно;сомнительно
HIV|ВИЧ 1,2 антитела + p24|отрицательно
TPAB|Антитела к T. pallidum|не обнаружено;обнаружено
CTDNA|Хламидия трахоматис ДНК|не обнаружено;обнаружено
ABO|Группа крови AB0|A(II) вторая;0(I) первая;B(III) третья
RH|Резус-фактор|Rh(+) положительный;Rh(-) отрицательный
"""
TITRES = {"RPRT": "RPR-тест, титр", "ANAT": "Антинуклеарные антитела, титр"}

# Codes that no map knows, a code with a Cyrillic А, a unit that UCUM does not have.
STRANGE = """
X-4711|Новый показатель анализатора|г/л|10|20|1
DEMO-IFA|Антитела (метод лаборатории)|ед. опт. пл.|0|0,3|3
АLT|АлАТ|Ед/л||41|0
IL6|Интерлейкин-6|пг/мл (метод А)||7|1
"""

PANELS = {
    "CBC": "HGB RBC HCT MCV MCH MCHC PLT WBC NEUT% LYMPH% MONO% EOS% ESR",
    "BIO": "GLU CREA UREA TP ALB TBIL ALT AST GGT K NA",
    "LIPID": "CHOL HDL LDL TRIG",
    "THYR": "TSH FT4 ATPO",
    "URINE": "UCOL UCLAR USG UPH UPRO UGLU UKET UBLD UWBC URBC",
    "COAG": "PT INR FIB APTT",
    "INF": "HBSAG AHCV HIV TPAB RPRT",
    "GROUP": "ABO RH",
}
SINGLES = ["GLU", "TSH", "VITD", "B12", "HBA1C", "FERR", "FE", "CRP", "PSA", "CTDNA", "ANAT"]
MATERIALS = {
    "CBC": "Кровь с ЭДТА",
    "HBA1C": "Кровь с ЭДТА",
    "GROUP": "Кровь с ЭДТА",
    "URINE": "Моча",
    "COAG": "Кровь (цитрат)",
    "CTDNA": "Мазок",
}
SERUM = "Кровь (сыворотка)"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurable thing; `words` are the answers of a test without numbers."""

    code: str
    name: str
    unit: str = ""
    low: str = ""
    high: str = ""
    decimals: int = 0
    words: tuple[str, ...] = ()
    titre: bool = False


def _numeric(line: str) -> Measurement:
    code, name, unit, low, high, decimals = line.split("|")
    return Measurement(code, name, unit, low, high, int(decimals))


def _worded(line: str) -> Measurement:
    code, name, words = line.split("|")
    return Measurement(code, name, words=tuple(words.split(";")))


def _all() -> dict[str, Measurement]:
    tests = [_numeric(line) for line in NUMERIC.strip().splitlines()]
    tests += [_worded(line) for line in WORDED.strip().splitlines()]
    tests += [
        Measurement(code, name, "титр", "", "<1:20", titre=True) for code, name in TITRES.items()
    ]
    return {test.code: test for test in tests}


TESTS = _all()
STRANGERS = tuple(_numeric(line) for line in STRANGE.strip().splitlines())


def members(ordered: str) -> tuple[Measurement, ...]:
    """Return the tests of a panel, or the one test that was ordered."""
    codes = PANELS.get(ordered, ordered).split()
    return tuple(TESTS[code] for code in codes if code in TESTS)
