"""`fhirbridge client add | list | delete`: the apps and back ends that may ask for tokens."""

import sys
from pathlib import Path
from uuid import uuid4

import click

from fhirbridge.auth.jwt import PRIVATE, Untrusted
from fhirbridge.auth.key_sets import key_set
from fhirbridge.auth.public_url import RefusedURL, checked
from fhirbridge.auth.scopes import Scopes
from fhirbridge.auth.smart.grantable import OWN
from fhirbridge.auth.smart.records import Client
from fhirbridge.auth.smart.redirect_uri import is_redirect_uri
from fhirbridge.auth.smart.secret import Passwords
from fhirbridge.fhir.instant import system_clock, to_instant
from fhirbridge.settings import Settings
from fhirbridge.store.address import Address
from fhirbridge.store.clients import Clients
from fhirbridge.store.database import Database, Limits

# What an app of people registers when nothing is said: reading, and only what the person may.
FOR_PEOPLE = (
    "openid fhirUser profile launch launch/patient offline_access online_access"
    " patient/*.rs user/*.rs"
)

# 128 bits, if it is drawn at random: https://www.rfc-editor.org/rfc/rfc6749#section-10.10
SHORTEST_SECRET = 22


@click.group()
def command() -> None:
    """Register, list and remove clients of the authorization server."""


@command.command()
@click.argument("name")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where codes may be sent.")
@click.option("--scope", "scopes", multiple=True, help="What it may ask for, at most.")
@click.option("--secret", help="It proves itself with this secret; - reads it from standard input.")
@click.option(
    "--jwks",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="It signs assertions with a key of this set.",
)
@click.option("--jwks-url", help="It signs assertions with a key of the set at this URL.")
def add(
    name: str,
    redirect_uris: tuple[str, ...],
    scopes: tuple[str, ...],
    secret: str | None,
    jwks: Path | None,
    jwks_url: str | None,
) -> None:
    """Register a client and print its client_id; without secret and keys it is public."""
    if sum(proof is not None for proof in (secret, jwks, jwks_url)) > 1:
        raise click.UsageError("choose one of --secret, --jwks and --jwks-url")
    client = Client(
        id=str(uuid4()),
        name=name,
        redirect_uris=" ".join(_redirect_uris(redirect_uris)),
        scopes=" ".join(_scopes(scopes, redirect_uris)),
        created=system_clock(),
        secret=None if secret is None else _hashed(secret),
        jwks=_keys(jwks),
        jwks_url=_url(jwks_url),
    )
    _clients().add(client)
    click.echo(client.id)


@command.command("list")
def list_() -> None:
    """Print the clients: id, kind, when registered, name, scopes, redirect URIs."""
    for one in _clients().list():
        kind = "public" if one.public else "keys" if one.asymmetric else "secret"
        since = to_instant(one.created)[:10]
        click.echo(f"{one.id}\t{kind}\t{since}\t{one.name}\t{one.scopes}\t{one.redirect_uris}")


@command.command()
@click.argument("id_", metavar="ID")
def delete(id_: str) -> None:
    """Remove a client; whatever it was given ends."""
    if not _clients().delete(id_, system_clock()):
        raise click.ClickException(f"there is no client {id_}")


def _clients() -> Clients[Client]:
    database = Database(Address.parse(Settings.load().database_url), Limits())
    database.check()
    return Clients(database, Client)


def _redirect_uris(uris: tuple[str, ...]) -> tuple[str, ...]:
    for uri in uris:
        if not is_redirect_uri(uri):
            hint = "https, http on a loopback address, or an own scheme with a dot; no * and no #"
            raise click.BadParameter(f"{uri!r}: {hint}", param_hint="--redirect-uri")
    return uris


def _scopes(texts: tuple[str, ...], redirect_uris: tuple[str, ...]) -> list[str]:
    """Return the scopes, each one checked; a back end has no default."""
    words = " ".join(texts).split()
    for word in words:
        if word not in OWN and str(Scopes.parse(word)) != word:
            raise click.BadParameter(f"{word!r} is not a scope", param_hint="--scope")
    if not words and not redirect_uris:
        raise click.UsageError("--scope is needed for a client that no person logs in to")
    return words or FOR_PEOPLE.split()


def _hashed(secret: str) -> str:
    """Return what is kept of a secret; an empty one is a mistake and would leave a public app."""
    if secret == "-":  # noqa: S105 (a place, where no list of processes shows it)
        secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise click.BadParameter("the secret is empty", param_hint="--secret")
    if len(secret) < SHORTEST_SECRET:
        click.echo(f"warning: a secret under {SHORTEST_SECRET} characters may be guessed", err=True)
    return Passwords().hashed(secret)


def _keys(path: Path | None) -> str | None:
    if path is None:
        return None
    text = path.read_text("utf-8")
    try:
        keys = key_set(text)
    except Untrusted as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--jwks") from error
    if any(PRIVATE & key.keys() for key in keys):
        raise click.BadParameter(f"{path}: holds a private key", param_hint="--jwks")
    return text


def _url(url: str | None) -> str | None:
    if url is not None:
        try:
            checked(url)
        except RefusedURL as error:
            hint = "https on port 443 or 8443 of a public host"
            raise click.BadParameter(f"{error}: {hint}", param_hint="--jwks-url") from error
    return url
