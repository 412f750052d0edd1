"""`fhirbridge user add | invite | list | link | disable`: the people who may log in."""

import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from fhirbridge.auth.smart.accounts import account_name, desk_code, desk_code_hash, new_account
from fhirbridge.auth.smart.records import Account, DeskCode
from fhirbridge.fhir.instant import MINUTE, system_clock, to_instant
from fhirbridge.settings import Settings
from fhirbridge.store.address import Address
from fhirbridge.store.database import Database, Limits
from fhirbridge.store.users import Users

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
HOUR = 60 * MINUTE
People = Users[Account, DeskCode]
F = TypeVar("F", bound=Callable[..., Any])


def whom(function: F) -> F:
    """Return the command `function` with the options that say who the person is."""
    practitioner = click.option("--practitioner", help="Id of the Practitioner this person is.")
    patient = click.option("--patient", help="Id of the Patient this person is.")
    return patient(practitioner(function))


@click.group()
def command() -> None:
    """Add people who may log in, link them, shut them out."""


@command.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@whom
def add(name: str, patient: str | None, practitioner: str | None, *, password_stdin: bool) -> None:
    """Add an account; without a password only a linked external provider lets the person in."""
    password = None
    if password_stdin:
        password = sys.stdin.read().rstrip("\r\n")
    database, users = _users()
    person = _person(patient, practitioner, database)
    try:
        account = new_account(name, person, password, system_clock())
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if not users.add(account):
        raise click.ClickException(f"the name {account.name} is taken")
    click.echo(account.name)


@command.command()
@click.option("--hours", default=72, show_default=True, help="How long the code can be used.")
@whom
def invite(hours: int, patient: str | None, practitioner: str | None) -> None:
    """Print a code to hand out at the desk: with it the person makes an account, once."""
    database, users = _users()
    person, code, now = _person(patient, practitioner, database), desk_code(), system_clock()
    users.invite(DeskCode(desk_code_hash(code), person, now, now + hours * HOUR))
    click.echo(code)


@command.command("list")
def list_() -> None:
    """Print the accounts: name, whom it is linked to, since when, whether it is shut."""
    for one in _users()[1].list():
        state = "open" if one.disabled is None else "disabled"
        click.echo("\t".join((one.name, one.fhir_user, to_instant(one.created)[:10], state)))


@command.command()
@click.argument("name")
@click.option("--issuer", required=True, help="The external provider's issuer.")
@click.option("--subject", required=True, help="The person's sub there.")
def link(name: str, issuer: str, subject: str) -> None:
    """Let a person of an external provider in as the account NAME."""
    users = _users()[1]
    if users.find(account_name(name)) is None:
        raise click.ClickException(f"there is no account {name}")
    if not users.link(issuer, subject, account_name(name)):
        raise click.ClickException("that person is linked already")


@command.command()
@click.argument("name")
def disable(name: str) -> None:
    """Shut an account: its sessions, apps and tokens end."""
    if not _users()[1].disable(account_name(name), system_clock()):
        raise click.ClickException(f"there is no open account {name}")


def _users() -> tuple[Database, People]:
    database = Database(Address.parse(Settings.load().database_url), Limits())
    database.check()
    return database, Users(database, Account, DeskCode)


def _person(patient: str | None, practitioner: str | None, database: Database) -> str:
    """Return the reference of the person; warns when no such resource is stored yet."""
    if (patient is None) == (practitioner is None):
        raise click.UsageError("choose one of --patient and --practitioner")
    type_, id_ = ("Patient", patient) if patient else ("Practitioner", practitioner or "")
    if not id_ or ID.fullmatch(id_) is None:
        raise click.BadParameter(f"{id_!r} is not an id", param_hint=f"--{type_.lower()}")
    sql = "SELECT 1 FROM resource WHERE type = ? AND id = ? AND NOT deleted"
    if not database.connection.rows(sql, (type_, id_)):
        click.echo(f"note: {type_}/{id_} is not stored yet", err=True)
    return f"{type_}/{id_}"
