"""The command line: one file per command; a wrong setting or argument is one clear line."""

import importlib
import pkgutil

import click

from fhirbridge.fhir.configuration import ConfigurationError


class Commands(click.Group):
    """Finds a command in the module of its name, and imports that one only."""

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
        from fhirbridge.sources.errors import SourceError  # noqa: PLC0415 (only now needed)
        from fhirbridge.sync.redis import NoRedisError  # noqa: PLC0415 (only now needed)

        try:
            return super().invoke(ctx)
        except (ConfigurationError, NoRedisError, SourceError) as error:
            raise click.ClickException(str(error)) from error


@click.command(cls=Commands)
@click.version_option(package_name="fhirbridge")
def main() -> None:
    """Run a FHIR R4 server in front of 1C:Medicine and laboratory systems."""
