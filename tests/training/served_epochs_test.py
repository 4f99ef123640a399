"""Runs whose batches a tf.data service makes."""

import itertools
import json
from contextlib import ExitStack

import pytest

from diffumin_tf.data import DataService
from diffumin_tf.data.data_servers import start_dispatcher, start_worker
from diffumin_tf.training.checkpoints import checkpoint_paths
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.served_epochs import DATA_SERVICE, ServedEpochs
from diffumin_tf.training.strategies import mirrored
from diffumin_tf.training.train import train
from diffumin_tf.training.users_met import UsersMet
from tests.data.small_service import SLOW, keys, make_data, server, write_world
from tests.training.three_days import SumModel, settings


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("service") / "world"
    write_world(path)
    return path


class ToldService(DataService):
    """Notes the keys of what it yields, and calls a function as each batch comes."""

    def __init__(self, *arguments, on_batch=lambda number: None, **kwargs):
        super().__init__(*arguments, **kwargs)
        self.keys = []
        self._on_batch = on_batch

    def read(self, batches):
        for number, batch in enumerate(super().read(batches)):
            self.keys += keys([batch])
            self._on_batch(number)
            yield batch


def arguments(directory, service, **data):
    recipe = Recipe(make_data(directory, service, **data), SumModel)
    return settings() | {"recipe": recipe}


def counts(run_dir):
    return json.loads((run_dir / DATA_SERVICE).read_text())


def interrupt(number):
    if number == 3:
        raise KeyboardInterrupt


def test_a_run_that_goes_on_drops_what_was_noted_of_its_epoch(directory, tmp_path):
    data = make_data(directory)
    for epochs in ([0, 1], [1, 2]):
        served = ServedEpochs(RunDirectory(tmp_path), data)
        for epoch in epochs:
            served.received = 100 + epoch
            served.note(epoch)
    examples = served.examples
    assert counts(tmp_path)["received"] == [100, 101, 102]
    assert counts(tmp_path)["lost"] == [examples - n for n in (100, 101, 102)]


@pytest.mark.slow
def test_an_interrupted_epoch_starts_anew(directory, tmp_path, capsys):
    dispatcher = start_dispatcher()
    worker = start_worker(dispatcher.address)
    service = ToldService(dispatcher.address, silence=60, on_batch=interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, **arguments(directory, service), checkpoint_steps=1)
    assert not checkpoint_paths(tmp_path)
    service = ToldService(dispatcher.address, silence=60)
    train(tmp_path, **arguments(directory, service))
    assert len(set(service.keys)) == len(service.keys) > 0
    assert counts(tmp_path) == {
        "examples": len(service.keys),
        "received": [len(service.keys)],
        "lost": [0],
    }
    told = f"data service: 0 of {len(service.keys)} examples lost"
    assert told in capsys.readouterr().out
    assert len(checkpoint_paths(tmp_path)) == 1
    assert worker.address


@pytest.mark.slow
def test_a_run_ends_and_counts_what_a_killed_worker_had(directory, tmp_path, capsys):
    dispatcher = start_dispatcher()
    flags = ("--role=worker", f"--dispatcher={dispatcher.address}")
    with ExitStack() as stack:
        killed, _ = stack.enter_context(server(*flags))

        def replace(number):
            if killed.poll() is None:  # It was alone, so it is in the midst of a file.
                killed.kill()
                killed.wait(60)
                stack.enter_context(server(*flags))

        service = ToldService(dispatcher.address, silence=15, on_batch=replace)
        train(tmp_path, **arguments(directory, service, **SLOW), epochs=2)
    found = counts(tmp_path)
    first, second = found["received"]
    keys_of_first = service.keys[:first]
    assert len(set(keys_of_first)) == first
    assert len(service.keys) == first + second
    lost, none = found["lost"]
    assert 0 < lost == found["examples"] - first
    assert none == 0  # The other worker reads all of the next epoch.
    out = capsys.readouterr().out
    assert f"data service: {lost} of {found['examples']} examples lost" in out
    assert out.count("is taken for over") == 1


@pytest.mark.slow
def test_error_an_epoch_that_was_begun_without_a_service(
    directory, tmp_path, monkeypatch
):
    adds = itertools.chain([UsersMet.add] * 2, [lambda *_: interrupt(3)])
    monkeypatch.setattr(UsersMet, "add", lambda *args: next(adds)(*args))
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, **arguments(directory, None), checkpoint_steps=2)
    service = DataService(start_dispatcher().address)
    with pytest.raises(ValueError, match="where an epoch begins.*checkpoint of step 2"):
        train(tmp_path, **arguments(directory, service))


def test_error_several_devices(directory, tmp_path, monkeypatch):
    strategy = mirrored(["CPU:0"])
    monkeypatch.setattr(type(strategy), "num_replicas_in_sync", 2)
    service = DataService("localhost:1")
    with pytest.raises(ValueError, match="must feed one device. Received: 2."):
        train(tmp_path, **arguments(directory, service), strategy=strategy)
