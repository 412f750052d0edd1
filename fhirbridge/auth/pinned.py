"""Keys that staff pin: a public key or a certificate in PEM, of providers without a JWKS."""

from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from joserfc import jwk

from fhirbridge.auth.jwt import Key

CERTIFICATE = b"BEGIN CERTIFICATE"


def pinned(pem: str) -> Key:
    """Return the JWK of a public key or certificate; it has no kid, so it fits any token's.

    Raises ValueError for anything but an RSA or elliptic curve key.
    """
    try:
        key = _loaded(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError("a key of an unknown kind") from error
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey):
        raise ValueError("pinned keys are RSA or elliptic curve keys")  # noqa: TRY004
    type_: Literal["RSA", "EC"] = "RSA" if isinstance(key, RSAPublicKey) else "EC"
    plain = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    told = jwk.import_key(plain, type_).as_dict(private=False)
    return {name: value for name, value in told.items() if name != "kid"}


def _loaded(pem: bytes) -> object:
    if CERTIFICATE in pem:
        return x509.load_pem_x509_certificate(pem).public_key()
    return load_pem_public_key(pem)
