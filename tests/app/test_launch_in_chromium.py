"""A SMART app of others in a real browser: the fhirclient library goes through the whole launch.

https://hl7.org/fhir/smart-app-launch/app-launch.html#launch-app-standalone-launch
"""

import json
from urllib.parse import urlsplit

import pytest
from chromium import chromium, forgetful, packed, site
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from smart_server import PASSWORD

SCOPE = "openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access"
LAUNCH = """<!doctype html><script src="fhir-client.js"></script><script>
FHIR.oauth2.authorize({iss: "%s/fhir", clientId: "%s", scope: "%s", redirectUri: "index.html"})
  .catch(error => { document.title = "failed"; document.body.textContent = error; });
</script>"""
INDEX = """<!doctype html><pre></pre><script src="fhir-client.js"></script><script>
const show = (title, told) => {
  document.querySelector("pre").textContent = told;
  document.title = title;
};
(async () => {
  const client = await FHIR.oauth2.ready();
  const first = client.state.tokenResponse.access_token;
  const patient = await client.patient.read();
  await client.refresh();
  const results = await client.request("Observation");
  let other = 200;
  await client.request("Patient/b").catch(error => { other = error.statusCode; });
  show("done", JSON.stringify({
    patient, results, other, fhirUser: client.getFhirUser(), id: client.patient.id,
    user: await client.user.read(), refreshed: client.state.tokenResponse.access_token !== first,
  }));
})().catch(error => show("failed", String(error)));
</script>"""
WORDS = {
    "en": ("Log in", "Allow access?", "view: test results and observations"),
    "ru": ("Вход", "Разрешить доступ?", "просматривать: результаты анализов и наблюдения"),
}


@pytest.fixture(scope="module")
def app(installation, tmp_path_factory):
    """The origin of an app that is registered, on a port of its own."""
    folder = tmp_path_factory.mktemp("app")
    with site(folder) as origin:
        client = installation.client(redirect_uris=f"{origin}/index.html")
        (folder / "fhir-client.js").write_text(packed("fhirclient", "build/fhir-client.min.js"))
        (folder / "launch.html").write_text(LAUNCH % (installation.url, client.id, SCOPE))
        (folder / "index.html").write_text(INDEX)
        yield origin


@pytest.fixture(scope="module", params=WORDS)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def opened(language, tmp_path_factory):
    with chromium(language, tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def browser(opened):
    with forgetful(opened):
        yield opened


def waits(browser):
    return WebDriverWait(browser, 20)


def heading(browser):
    return browser.find_element(By.TAG_NAME, "h1").text


def log_in(browser):
    browser.find_element(By.NAME, "name").send_keys("anna")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "main button").click()


def launched(browser, app):
    """Go to the app and log in; return when the person is asked for consent."""
    browser.get(f"{app}/launch.html")
    waits(browser).until(lambda b: b.find_elements(By.NAME, "password"))
    log_in(browser)
    waits(browser).until(lambda b: b.find_elements(By.NAME, "decision"))


def ended(browser):
    waits(browser).until(lambda b: b.title in {"done", "failed"})
    return browser.find_element(By.TAG_NAME, "pre").text


def test_a_person_lets_an_app_read_their_record(browser, language, app):
    login, consent, results = WORDS[language]
    browser.get(f"{app}/launch.html")
    waits(browser).until(lambda b: b.find_elements(By.NAME, "password"))
    assert heading(browser) == login
    log_in(browser)
    waits(browser).until(lambda b: b.find_elements(By.NAME, "decision"))
    assert heading(browser) == consent
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
    assert results in browser.find_element(By.TAG_NAME, "fieldset").text
    browser.find_element(By.CSS_SELECTOR, "button[value=allow]").click()
    told = ended(browser)
    assert browser.title == "done", told
    found = json.loads(told)
    assert found["id"] == found["patient"]["id"] == found["user"]["id"] == "a"
    assert found["patient"]["name"][0]["family"] == "Смирнова"
    assert found["fhirUser"] == "Patient/a"
    assert found["refreshed"]
    assert [one["resource"]["id"] for one in found["results"]["entry"]] == ["own"]
    assert found["other"] == 404


def test_what_is_unticked_the_app_does_not_get(browser, app):
    launched(browser, app)
    browser.find_element(By.CSS_SELECTOR, "input[value='patient/Observation.rs']").click()
    browser.find_element(By.CSS_SELECTOR, "button[value=allow]").click()
    told = ended(browser)
    assert browser.title == "failed"
    assert "patient/Observation.s" in told or "403" in told


def test_who_says_no_gives_nothing(browser, app):
    launched(browser, app)
    browser.find_element(By.CSS_SELECTOR, "button[value=deny]").click()
    told = ended(browser)
    assert browser.title == "failed"
    assert "access_denied" in told or "said no" in told


def test_a_person_sees_the_app_and_takes_the_access_back(browser, app, installation):
    launched(browser, app)
    browser.find_element(By.CSS_SELECTOR, "button[value=allow]").click()
    ended(browser)
    browser.get(f"{installation.url}/auth/manage")
    before = len(browser.find_elements(By.TAG_NAME, "article"))
    assert before
    assert urlsplit(browser.current_url).path == "/auth/manage"
    browser.find_element(By.CSS_SELECTOR, "article button").click()
    waits(browser).until(lambda b: len(b.find_elements(By.TAG_NAME, "article")) < before)
