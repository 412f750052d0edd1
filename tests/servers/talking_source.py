"""The shipped profiles, and a way to talk to a scripted server with any profile."""

from contextlib import contextmanager
from pathlib import Path

from scripted_server import ScriptedServer

from fhirbridge.sources.http_json import Source
from fhirbridge.sources.profile import Profile

ROOT = Path(__file__).parents[2]
QUICK = {"connect_seconds": 2, "read_seconds": 5, "total_seconds": 8}


def shipped(name, **update):
    """Return the shipped profile `name` with waits that a test can afford."""
    profile = Profile.parse((ROOT / f"mappings/{name}/source.yaml").read_text("utf-8"))
    limits = profile.limits.model_copy(update=QUICK | update.pop("limits", {}))
    return profile.model_copy(update={"limits": limits, **update})


SECRETS = {
    "FHIRBRIDGE_ONEC_USER": "Дмитраков С.Н.",
    "FHIRBRIDGE_ONEC_PASSWORD": "пароль:1",
    "FHIRBRIDGE_QLAB_KEY": "key-1",
}


@contextmanager
def talking(name, *script, **update):
    """Give a scripted server and a source of the profile `name` that talks to it."""
    with ScriptedServer(*script) as server:
        base = f"{server.url}/medicine/hs" if name == "onec" else f"{server.url}/v2"
        source = Source(shipped(name, **update).at(base), SECRETS, clock=lambda: 1_000_000)
        try:
            yield server, source
        finally:
            source.close()


def sample(start):
    """Return the bytes of the sample whose file name begins with `start`."""
    return next((ROOT / "tests/data/source-samples").glob(f"{start}*")).read_bytes()


def dialogues(start):
    """Return the answers in a sample of HTTP dialogues: case → (status, headers, body)."""
    found = {}
    for part in sample(start).decode("utf-8").split("\n### ")[1:]:
        title, _, text = part.partition("\n")
        _, mark, answer = text.rpartition("HTTP/1.1 ")
        if mark and answer[:3].isdigit():
            head, _, body = answer.partition("\n\n")
            status, *lines = head.split("\n")
            headers = dict(line.split(": ", 1) for line in lines if ": " in line)
            found[title.split(" ")[0]] = (int(status[:3]), headers, body.strip("\n"))
    return found
