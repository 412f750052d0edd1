"""The rules of the house, so that `pytest` alone tells when one is broken."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for path in (ROOT / "fhirbridge").rglob("*.py")
    if "migrations" not in path.parts and "_data" not in path.parts
]


def test_imports_point_down_only():
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_files_and_functions_stay_small():
    long_files = [str(p) for p in SOURCES if p.read_text("utf-8").count("\n") > 250]
    assert not long_files
    long_functions = [
        f"{path.name}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > 50
    ]
    assert not long_functions


def test_no_module_is_a_drawer_for_everything():
    names = {path.stem for path in SOURCES}
    assert names.isdisjoint({"utils", "util", "helpers", "misc", "core"})


def test_what_is_committed_names_no_machine_and_no_registry():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    hosts = [
        ".".join(parts) for parts in (("pypi", "org"), ("npmjs", "org"), ("pythonhosted", "org"))
    ]
    for name in filter(None, listed.stdout.split("\0")):
        content = (ROOT / name).read_bytes() if (ROOT / name).exists() else b""
        for host in hosts:
            assert host.encode() not in content, f"{name} names {host}"
