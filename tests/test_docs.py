"""What the documents say is true of the code."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from fhirbridge.resources.registry import definitions
from fhirbridge.settings import (
    Configuration,
    IssuerSetting,
    ProviderSetting,
    Settings,
    SourceSetting,
)

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SETTINGS = (ROOT / "docs/settings.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented_with_its_default_and_meaning(name):
    row = next((r for r in SETTINGS.splitlines() if f"`FHIRBRIDGE_{name.upper()}`" in r), "")
    field = Settings.model_fields[name]
    assert field.description
    assert field.description in row
    if field.default not in (None, "", PydanticUndefined):
        assert f"`{field.default}`" in row


def test_every_key_of_the_configuration_file_is_documented():
    tables = {"sources": SourceSetting, "providers": ProviderSetting, "issuers": IssuerSetting}
    keys = {k for k in Configuration.model_fields if k not in tables}
    keys |= {f"{name}.NAME.{k}" for name, one in tables.items() for k in one.model_fields}
    assert keys == set(
        re.findall(r"^\| `([a-z_.A-Z]+)` ", SETTINGS.split("## The config")[1], re.MULTILINE)
    )


def test_the_tree_in_the_readme_is_the_tree():
    described = set(re.findall(r"^├── (\w+)(?:/|\.py)", README, re.MULTILINE))
    described |= set(re.findall(r"^└── (\w+)(?:/|\.py)", README, re.MULTILINE))
    package = ROOT / "fhirbridge"
    there = {
        path.stem
        for path in package.iterdir()
        if not path.name.startswith("_")
        and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    assert described == there


def test_the_readme_names_every_resource_type():
    for type_ in definitions():
        assert type_ in README


def test_every_link_between_documents_leads_somewhere():
    for document in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name} -> {target}"


def test_every_make_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"\.PHONY: (.*)", makefile)[1].split())
    assert phony == set(re.findall(r"^(\w+):.*## \S", makefile, re.MULTILINE))
