"""A real browser, and packages that run in one. Where there is none, its tests are skipped."""

import base64
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

CACHE = Path(__file__).parents[2] / "var" / "npm"
# Exact, with npm's own checksum: what comes from a registry is run in these tests.
PACKAGES = {
    "fhirclient": (
        "2.6.3",
        "CirZixcwWelbkIXxpxlNQx5+ZdJirl6F1s4y4yvA1X7hHAkr9n99aVHaMi0wX+97nATjKQ65X6NB5as/wZoJzg==",
    ),
    "axe-core": (
        "4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ),
}
QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--window-size=480,900",
)  # fmt: skip


def missing(what: str) -> None:
    """Skip the test, or fail it in the pipeline, where everything is there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: .ci/run installs it")
    pytest.skip(f"{what} is not installed")


@contextmanager
def chromium(language: str, folder: Path) -> Iterator[Chrome]:
    """Run a browser of a person who reads `language`; its profile is under `folder`."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        missing("Chromium (apt-get install chromium chromium-driver)")
    options = ChromeOptions()
    options.binary_location = browser
    for argument in (*QUIET, f"--accept-lang={language}", f"--user-data-dir={folder}"):
        options.add_argument(argument)
    # The driver is named, so that Selenium looks for none elsewhere.
    found = Chrome(options, Service(driver))
    try:
        found.set_page_load_timeout(30)
        yield found
    finally:
        found.quit()


@contextmanager
def forgetful(browser: Chrome) -> Iterator[None]:
    """Let a test use `browser`, which remembers nothing of it afterwards."""
    yield
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get("about:blank")


def packed(package: str, path: str) -> str:
    """Return a file of an npm package, fetched once into var/npm and checked each time."""
    version, checksum = PACKAGES[package]
    archive = CACHE / f"{package}-{version}.tgz"
    if not archive.exists():
        _fetch(f"{package}@{version}")
    content = archive.read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    assert digest == checksum, f"{archive.name} is not what it was"
    with tarfile.open(fileobj=io.BytesIO(content)) as members:
        file = members.extractfile(f"package/{path}")
        assert file is not None
        return file.read().decode()


def _fetch(name: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        missing("npm (apt-get install npm)")
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", "--silent", name]
    subprocess.run(command, cwd=CACHE, check=True, capture_output=True, timeout=120)


class Pages(SimpleHTTPRequestHandler):
    """Files of a folder, without a log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its base's name)
        """Say nothing."""


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve `folder` on a free port and give its origin."""
    handler = partial(Pages, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
