"""The authorization server, put together: the one function that `app` calls."""

from collections.abc import Callable

from fhirbridge.auth.key_sets import Fetcher, KeySets
from fhirbridge.auth.keys import SafeFetcher
from fhirbridge.auth.smart.events import Event, untold
from fhirbridge.auth.smart.parts import Parts
from fhirbridge.auth.smart.policy import Policy
from fhirbridge.auth.smart.redirect_uri import origin
from fhirbridge.auth.smart.secret import Passwords
from fhirbridge.auth.smart.signing import SigningKeys
from fhirbridge.auth.smart.tables import Tables
from fhirbridge.fhir.identity import subkey


def create_authorization(  # noqa: PLR0913 (three have defaults)
    policy: Policy,
    tables: Tables,
    clock: Callable[[], int],
    secret: bytes,
    *,
    fetcher: Fetcher | None = None,
    passwords: Passwords | None = None,
    witness: Callable[[Event], object] = untold,
) -> Parts:
    """Return the parts of the authorization server, for `smart_blueprint`.

    `secret` is the installation's; keys of its own are derived from it. `clock` is in
    microseconds. `fetcher` gets clients' key sets and talks to providers. `witness` is for an audit
    trail.
    """
    providers = frozenset(
        origin(url) for one in policy.providers for url in (one.token_endpoint, one.jwks_url)
    )
    return Parts(
        policy=policy,
        tables=tables,
        clock=clock,
        secret=subkey(secret, "authorization"),
        signing=SigningKeys(tables.signing_keys, secret, clock, policy.lifetimes),
        key_sets=KeySets(fetcher or SafeFetcher(trusted=providers), clock),
        passwords=passwords or Passwords(),
        witness=witness,
    )
