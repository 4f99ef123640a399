"""Batches from a tf.data service."""

from contextlib import ExitStack

import pytest

from diffumin_tf.data import ClickData, DataService, IndustryWorld
from diffumin_tf.data.data_servers import start_dispatcher, start_worker
from tests.data.small_service import SLOW, keys, make_data, server, write_world


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("service") / "world"
    write_world(path)
    return path


@pytest.fixture(scope="module")
def whole(directory):
    """All impressions of an epoch, by a count that reads users and not batches."""
    source = make_data(directory).source
    first, end = source.schema.splits["train"]
    found = [
        (int(user["user_key"][0]), int(second))
        for user in source.users().as_numpy_iterator()
        for second in user["impression_time"]
        if first <= second < end
    ]
    return sorted(found)


def test_two_workers_send_each_example_once(directory, whole):
    dispatcher = start_dispatcher()
    workers = [start_worker(dispatcher.address) for _ in range(2)]
    data = make_data(directory, DataService(dispatcher.address, silence=60))
    assert data.count_training() == len(whole)
    for epoch in range(2):
        assert sorted(keys(data.service.read(data.training(epoch)))) == whole
    assert workers[0].address != workers[1].address


@pytest.mark.slow
def test_a_killed_worker_costs_examples_and_repeats_none(directory, whole):
    dispatcher = start_dispatcher()
    flags = ("--role=worker", f"--dispatcher={dispatcher.address}")
    service = DataService(dispatcher.address, silence=15)
    data = make_data(directory, service, **SLOW)
    found = []
    with ExitStack() as stack:
        killed, _ = stack.enter_context(server(*flags))
        for number, batch in enumerate(data.service.read(data.training())):
            found += keys([batch])
            if number == 0:  # It was alone, so it is in the midst of a file.
                killed.kill()
                killed.wait(60)
                stack.enter_context(server(*flags))
    assert len(set(found)) == len(found)
    assert set(found) < set(whole)
    assert len(found) > len(whole) // 4


@pytest.mark.slow
def test_a_dispatcher_goes_on_by_its_journal(directory, whole, tmp_path):
    port = int(start_dispatcher().address.rpartition(":")[2])  # Free from here on.
    flags = ("--role=dispatcher", f"--port={port}", f"--work_dir={tmp_path}")
    with ExitStack() as stack:
        dispatcher, address = stack.enter_context(server(*flags))
        stack.enter_context(server("--role=worker", f"--dispatcher={address}"))
        data = make_data(directory, DataService(address, silence=60), **SLOW)
        found = []
        for number, batch in enumerate(data.service.read(data.training())):
            found += keys([batch])
            if number == 1:
                dispatcher.kill()
                dispatcher.wait(60)
                stack.enter_context(server(*flags))
    assert sorted(found) == whole


def test_error_no_worker(directory):
    dispatcher = start_dispatcher()
    data = make_data(directory, DataService(dispatcher.address, silence=0.5))
    with pytest.raises(TimeoutError, match="workers that send.*none for 0.5 seconds"):
        next(data.service.read(data.training()))


def test_error_no_dispatcher(directory):
    data = make_data(directory, DataService("localhost:1"))
    with pytest.raises(
        OSError, match="must answer at localhost:1. Received: .*refused"
    ):
        data.training()


@pytest.mark.parametrize(
    "address", ["localhost", "grpc://here:1", "here:", "a:b", None]
)
def test_error_address(directory, address):
    data = make_data(directory, DataService(address))
    with pytest.raises(ValueError, match=f"must be HOST:PORT. Received: {address!r}"):
        data.training()


def test_error_silence():
    with pytest.raises(ValueError, match="silence must be positive. Received: 0."):
        DataService("localhost:1", silence=0)


def test_error_a_world_that_is_made_when_asked_for():
    with pytest.raises(ValueError, match="records on disk.*Received: IndustryWorld."):
        ClickData(IndustryWorld(2), service=DataService("localhost:1"))
