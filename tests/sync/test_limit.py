"""The limit toward one source holds across processes and outlives none of them."""

import multiprocessing
import os
import signal
import threading
import time

import pytest

from fhirbridge.sync.limit import Crowded, SharedPermits, Unlimited
from fhirbridge.sync.redis import connect

spawn = multiprocessing.get_context("spawn")


def hold(url: str, ready, seconds: float) -> None:
    with connect(url) as connection, SharedPermits(connection).permit("onec", 1, seconds):
        ready.set()
        time.sleep(60)


def test_no_more_calls_run_at_once_than_there_are_permits(redis):
    running, most = 0, 0
    lock = threading.Lock()

    def call():
        nonlocal running, most
        with SharedPermits(redis).permit("onec", 3, 10):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.05)
            with lock:
                running -= 1

    threads = [threading.Thread(target=call) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 3


def test_sources_do_not_wait_for_each_other(redis):
    permits = SharedPermits(redis, patience=0)
    with permits.permit("onec", 1, 10), permits.permit("qlab", 1, 10):
        pass


def test_a_permit_that_does_not_come_is_reported(redis):
    permits = SharedPermits(redis, patience=0.1)
    with permits.permit("onec", 1, 10):
        with pytest.raises(Crowded, match="onec"), permits.permit("onec", 1, 10):
            pass
        time.sleep(0)
    with permits.permit("onec", 1, 10):
        pass


def test_a_killed_worker_holds_its_permit_no_longer_than_its_call_could_last(redis, redis_url):
    ready = spawn.Event()
    worker = spawn.Process(target=hold, args=(redis_url, ready, 1.0))
    worker.start()
    assert ready.wait(20)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    with SharedPermits(redis, patience=5).permit("onec", 1, 10):
        pass


def test_without_redis_work_goes_on(tmp_path):
    with (
        connect(f"unix://{tmp_path}/none", patience=0.1) as away,
        SharedPermits(away).permit("onec", 1, 10),
    ):
        pass


def test_a_single_process_needs_no_count():
    with Unlimited().permit("onec", 1, 10), Unlimited().permit("onec", 1, 10):
        pass
