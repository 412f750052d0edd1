from collections import Counter
from datetime import date, timedelta

from sandboxed import TUESDAY, world

from fhirbridge.sandbox import results
from fhirbridge.sandbox.onec_pages import appointments, doctors
from fhirbridge.sandbox.people import snils

DAY = TUESDAY.date()
MONTH = timedelta(days=60)


def told(one):
    """Return everything that a world tells."""
    now = one.clock.now()
    orders = list(one.orders(DAY - MONTH, DAY + MONTH))
    return {
        "doctors": doctors(one),
        "days": [one.book.day(who, DAY, now) for who in one.doctors.values()],
        "appointments": appointments(one, one.book.between(DAY, DAY + timedelta(days=3), now)),
        "orders": orders,
        "results": [results.results(order, now) for order in orders],
    }


def test_the_same_seed_tells_the_same_story_and_another_seed_another():
    assert told(world()) == told(world())
    assert told(world())["orders"] != told(world(seed=2))["orders"]


def test_a_world_that_began_a_day_later_tells_the_same_about_the_same_days():
    later = world(at=TUESDAY + timedelta(days=1))
    first, last = DAY - timedelta(days=20), DAY - timedelta(days=1)
    assert list(world().orders(first, last)) == list(later.orders(first, last))
    assert doctors(world()) == doctors(later)


def test_a_world_of_the_usual_size_is_as_large_as_it_should_be():
    everything = told(world())
    assert len(everything["doctors"]) == 24 + 3
    assert 220 <= len(everything["orders"]) <= 280
    assert 2200 <= sum(map(len, everything["results"])) <= 2900
    assert len({order.id for order in everything["orders"]}) == len(everything["orders"])


def test_all_but_a_few_results_have_codes_that_a_map_can_know_and_a_few_do_not():
    strange = {None, "X-4711", "DEMO-IFA", "АLT"}
    codes = Counter(row.get("code") for rows in told(world())["results"] for row in rows)
    share = sum(codes[code] for code in strange) / codes.total()
    assert 0 < share < 0.05
    assert all(codes[code] for code in strange)


def test_the_difficult_cases_are_there():
    everything = told(world())
    rows = [row for page in everything["results"] for row in page]
    states = Counter(row.get("state", "") for row in rows)
    assert {"corrected", "cancelled", "not_performed", "in_work"} <= set(states)
    assert any(row["unit"] == "пг/мл (метод А)" for row in rows)
    assert any(isinstance(row["value"], int) for row in rows)
    assert {order.status(TUESDAY) for order in everything["orders"]} >= {
        "processing",
        "completed",
        "cancelled",
        "ARCHIVED",
    }
    statuses = Counter(row["status"] for row in everything["appointments"])
    assert {"Отменена", "Запланирована", "Выполнена"} <= set(statuses)
    lessons = Counter(row["start"] for row in everything["appointments"] if row["comment"])
    assert max(lessons.values()) >= 4


def test_a_family_shares_a_phone_twins_share_a_birthday_and_snils_are_good_and_bad():
    one = world()
    father, first, second, wrong, zeros = (one.patient(n) for n in range(1, 6))
    assert father.phone == first.phone == second.phone == zeros.phone
    assert (first.family, first.birth) == (second.family, second.birth)
    assert first.given != second.given
    assert father.snils == "90000000182"
    assert snils(1004) != wrong.snils == snils(1004, valid=False)
    assert zeros.snils == "0" * 11


def test_two_people_may_have_the_same_name_and_another_birthday():
    eight, nine = world().patient(8), world().patient(9)
    assert (eight.family, eight.given, eight.patronymic) == (
        nine.family,
        nine.given,
        nine.patronymic,
    )
    assert eight.birth != nine.birth


def test_an_order_goes_from_received_to_completed_as_the_clock_moves():
    one = world(at=TUESDAY.replace(hour=11, minute=41))
    fresh = [o for o in one.orders(DAY, DAY) if not o.cancelled and o.dice("slow") > 0.01][-1]
    seen, counts = [], []
    for _ in range(8):
        now = one.clock.now()
        seen.append(fresh.status(now))
        counts.append(sum(row["value"] != "" for row in results.results(fresh, now)))
        one.clock.advance(60)
    assert seen[0] in {"received", "processing"}
    assert seen[-1] == "completed"
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    assert fresh.pdf(one.clock.now()) or fresh.dice("no pdf") < 0.02


def test_a_correction_comes_a_day_after_the_result_and_takes_one_value_back():
    one = world()
    now = one.clock.now()
    order = next(o for o in one.orders(DAY - MONTH, DAY) if results.version(o, now) == 2)
    before = results.results(order, order.created + timedelta(hours=10))
    after = results.results(order, order.created + timedelta(hours=30))
    assert after[0]["state"] == "corrected"
    assert [row.get("code") for row in before] == [row.get("code") for row in after]
    if len(after) > 2:
        assert after[2]["state"] == "cancelled"
        assert after[2]["value"] is None


def test_one_person_has_a_series_of_the_same_tests():
    one = world()
    often = [o for o in one.orders(DAY - MONTH, DAY) if o.patient == 1 and "CBC" in o.ordered]
    values = [r for o in often for r in results.results(o, TUESDAY) if r.get("code") == "HGB"]
    assert len(values) >= 5


def test_barcodes_have_a_good_check_digit():
    for order in world().orders(DAY - timedelta(days=3), DAY):
        for barcode, _ in order.samples():
            digits = [int(digit) for digit in barcode]
            assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
            assert len(digits) == 13


def test_nobody_works_on_sunday_and_most_times_of_other_days_are_free():
    one = world()
    sunday = date(2026, 11, 29)
    assert not any(one.book.day(who, sunday, TUESDAY) for who in one.doctors.values())
    assert not list(one.orders(DAY - timedelta(days=2), DAY - timedelta(days=2)))
    cells = [c for who in one.doctors.values() for c in one.book.day(who, DAY, TUESDAY)]
    assert Counter(cell.status for cell in cells).most_common(1)[0][0] == "Свободно"
    assert len({cell.status for cell in cells}) == 6


def test_the_clock_stands_or_runs_and_can_be_moved():
    standing = world().clock
    assert standing.now() == standing.now() == TUESDAY
    assert standing.advance(90) == TUESDAY.replace(hour=13, minute=30)
    running = world(at=None).clock
    assert abs(running.advance(60) - world(at=None).clock.now()) >= timedelta(minutes=59)


def test_a_doctor_is_found_by_any_spelling_of_the_guid():
    one = world()
    who = one.doctors[1]
    assert one.doctor(f"{{{who.key.upper()}}}") is one.doctor(who.key) is who
    assert one.doctor("nobody") is None
