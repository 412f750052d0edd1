"""Both stand-ins over real HTTP, and the shipped profiles that talk to them."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
from talking_source import shipped

from fhirbridge.sandbox import create_onec, create_qlab
from fhirbridge.sandbox.clock import Clock
from fhirbridge.sandbox.onec import PASSWORD, USER, OneC
from fhirbridge.sandbox.qlab import KEY
from fhirbridge.sandbox.server import serve
from fhirbridge.sandbox.world import Size, World
from fhirbridge.sources.http_json import Source

TUESDAY = datetime.fromisoformat("2026-11-24T12:00")
SECRETS = {
    "FHIRBRIDGE_ONEC_USER": USER,
    "FHIRBRIDGE_ONEC_PASSWORD": PASSWORD,
    "FHIRBRIDGE_QLAB_KEY": KEY,
}


def world(seed=1, at=TUESDAY, journal=None, **size):
    """Return a world whose clock stands still."""
    clock = Clock(ZoneInfo("Europe/Moscow"), at)
    return World(seed=seed, size=Size(**size), clock=clock, journal=journal)


@dataclass
class Stage:
    world: World
    onec_url: str
    qlab_url: str
    onec: Source
    qlab: Source

    def control(self, url, **order):
        """Tell a stand-in what to do."""
        root = url.rpartition("/medicine/hs")[0] or url.removesuffix("/v2")
        return httpx.post(f"{root}/_control", json=order, trust_env=False).json()


@contextmanager
def stage(one=None, setup=None, **update):
    """Give both stand-ins serving one world, and a source for each."""
    one = one or world(doctors=13, patients=20, orders=60)
    setup = setup or OneC()
    with serve(create_onec(one, setup)) as onec, serve(create_qlab(one)) as qlab:
        onec_url, qlab_url = f"{onec}{setup.prefix}", f"{qlab}/v2"
        sources = (
            Source(shipped("onec", **update).at(onec_url), SECRETS),
            Source(shipped("qlab", **update).at(qlab_url), SECRETS),
        )
        try:
            yield Stage(one, onec_url, qlab_url, *sources)
        finally:
            for source in sources:
                source.close()
