"""The login pages for people who see, hear or type differently: axe-core finds no fault in them.

https://www.w3.org/TR/WCAG22/
"""

from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from chromium import chromium, forgetful, packed
from relations import visit
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from smart_server import PASSWORD, SCOPES

VERIFIER = "v" * 64
NARROW = 320
FAULTS = """
const done = arguments[arguments.length - 1];
axe.run().then(found => done(found.violations.map(
  one => one.id + ": " + one.nodes.map(node => node.html).join(" "))));
"""


@pytest.fixture(scope="module", params=[("ru", "light"), ("en", "dark")], ids="-".join)
def opened(request, tmp_path_factory):
    language, scheme = request.param
    with chromium(language, tmp_path_factory.mktemp("profile")) as found:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        found.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        yield found


@pytest.fixture
def browser(opened):
    with forgetful(opened):
        yield opened


@pytest.fixture
def client(installation):
    return installation.client(redirect_uris=f"{installation.url}/fhir/metadata")


@pytest.fixture
def asked(installation, client):
    """An app's request that asks for much."""
    parameters = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.redirect_uris,
        "scope": f"{SCOPES} patient/Appointment.cruds",
        "state": "x",
        "aud": f"{installation.url}/fhir",
        "code_challenge": create_s256_code_challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return f"{installation.url}/auth/authorize?{urlencode(parameters)}"


def faults(browser):
    browser.execute_script(packed("axe-core", "axe.min.js"))
    return browser.execute_async_script(FAULTS)


def fits(browser):
    """Whether nothing is cut off on the narrowest screen that WCAG asks for (1.4.10)."""
    size = {"width": NARROW, "height": 640, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    return browser.execute_script("return document.documentElement.scrollWidth") <= NARROW


def on_page(browser, name):
    WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.NAME, name))


def by_keyboard(browser, *typed):
    """Type into whatever has the focus, one field after the other, and send the form."""
    for text in typed:
        browser.switch_to.active_element.send_keys(text, Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)


def test_login_and_consent_have_no_faults_and_need_no_mouse(browser, asked):
    browser.get(asked)
    assert faults(browser) == []
    by_keyboard(browser, "anna", "wrong password")
    WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.CLASS_NAME, "error"))
    assert faults(browser) == []
    by_keyboard(browser, "anna", PASSWORD)
    on_page(browser, "decision")
    assert faults(browser) == []
    assert fits(browser)


@pytest.mark.parametrize("path", ["login", "join", "authorize"])
def test_every_other_page_has_no_faults_either(browser, installation, path):
    browser.get(f"{installation.url}/auth/{path}")
    assert browser.find_element(By.TAG_NAME, "h1").text
    assert faults(browser) == []
    assert fits(browser)


def test_the_list_of_apps_has_no_faults(browser, installation, asked, client):
    browser.get(asked)
    by_keyboard(browser, "anna", PASSWORD)
    on_page(browser, "decision")
    browser.find_element(By.CSS_SELECTOR, "button[value=allow]").click()
    WebDriverWait(browser, 20).until(lambda b: "code=" in b.current_url)
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(browser.current_url).query)["code"][0],
        "redirect_uri": client.redirect_uris,
        "client_id": client.id,
        "code_verifier": VERIFIER,
    }
    assert httpx.post(f"{installation.url}/auth/token", data=form).status_code == 200
    browser.get(f"{installation.url}/auth/manage")
    assert browser.find_elements(By.TAG_NAME, "article")
    assert faults(browser) == []
    assert fits(browser)


@pytest.fixture
def doctor(installation):
    """A practitioner with many patients."""
    now = installation.clock()
    if installation.users.find("doctor") is None:
        installation.person("doctor", "Practitioner/d")
        with installation.store.transaction() as tx:
            for number in range(40):
                name = {"family": f"Больной{number:02}", "given": ["Иван"]}
                person = {"id": f"p{number}", "name": [name], "birthDate": "1980-12-31"}
                tx.put({"resourceType": "Patient", **person}, now=now)
                tx.put(visit(f"v{number}", f"p{number}", "d", now), now=now)
    return "doctor"


def test_a_doctor_finds_and_chooses_a_patient_without_a_mouse(browser, asked, doctor):
    browser.get(asked)
    by_keyboard(browser, doctor, PASSWORD)
    on_page(browser, "decision")
    assert faults(browser) == []
    assert fits(browser)
    assert len(browser.find_elements(By.NAME, "patient")) == 30
    browser.find_element(By.NAME, "find").send_keys("больной37", Keys.ENTER)
    WebDriverWait(browser, 20).until(lambda b: len(b.find_elements(By.NAME, "patient")) == 1)
    assert faults(browser) == []
    shown = browser.find_element(By.TAG_NAME, "fieldset").text
    assert "Больной37 Иван" in shown
    assert ("31.12.1980" in shown) or ("1980-12-31" in shown)
    allow = browser.find_element(By.CSS_SELECTOR, "button[value=allow]")
    allow.click()
    assert "code=" not in browser.current_url
    browser.find_element(By.NAME, "patient").send_keys(Keys.SPACE)
    allow.send_keys(Keys.ENTER)
    WebDriverWait(browser, 20).until(lambda b: "code=" in b.current_url)


def test_a_doctor_whom_nobody_is_called_so_is_told_and_may_say_no(browser, asked, doctor):
    browser.get(asked)
    by_keyboard(browser, doctor, PASSWORD)
    on_page(browser, "decision")
    browser.find_element(By.NAME, "find").send_keys("никто", Keys.ENTER)
    WebDriverWait(browser, 20).until(lambda b: not b.find_elements(By.NAME, "patient"))
    assert browser.find_element(By.CSS_SELECTOR, "[role=status]").text
    assert faults(browser) == []
    browser.find_element(By.CSS_SELECTOR, "button[value=deny]").click()
    WebDriverWait(browser, 20).until(lambda b: "access_denied" in b.current_url)
