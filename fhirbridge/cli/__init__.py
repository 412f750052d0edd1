"""The command line: one file per command; a wrong setting or argument is one clear line."""

import importlib
import pkgutil

import click

from fhirbridge.settings import SettingsError


class Commands(click.Group):
    """Finds a command in the module of its name, so that `--help` is the only thing it imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name.replace("_", "-") for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error


@click.command(cls=Commands)
def main() -> None:
    """Run a FHIR R4 server in front of 1C:Medicine and laboratory systems."""
