import subprocess
import sys

import httpx


def test_the_command_serves_both_and_prints_their_addresses():
    command = [sys.executable, "-m", "fhirbridge.sandbox", "--doctors", "2", "--now", "2026-11-24"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        try:
            lines = [child.stdout.readline().split() for _ in range(3)]
            assert "not" in lines[0]
            assert [line[0] for line in lines[1:]] == ["onec", "qlab"]
            for line in lines[1:]:
                assert httpx.get(line[1], trust_env=False).status_code in {401, 404}
        finally:
            child.terminate()
