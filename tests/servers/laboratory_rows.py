"""Rows as the laboratory of the shipped profile writes them."""


def order(number=1, **more):
    patient = {
        "last_name": "Примеров",
        "first_name": "Иван",
        "middle_name": "Образцович",
        "birth_date": "1985-03-15",
        "sex": "M",
        "snils": "90000000182",
    }
    row = {"id": f"Q-{number}", "created_at": "2026-11-23 08:00:00", "status": "completed"}
    return row | {"patient": patient, "samples": [], "tests": ["GLU"]} | more


def result(value="5,4", code="GLU", **more):
    row = {"code": code, "name": code, "value": value, "unit": "ммоль/л"}
    return row | {"result_date": "2026-11-23 11:02:00"} | more


def results(*rows, number=1, **more):
    return {"order_id": f"Q-{number}", "status": "completed", "results": list(rows)} | more
