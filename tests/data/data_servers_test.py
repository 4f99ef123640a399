"""Servers of a tf.data service that cannot start."""

import pytest

from diffumin_tf.data.data_servers import start_dispatcher, start_worker


def test_error_the_port_is_taken():
    held = start_dispatcher()
    port = int(held.address.rpartition(":")[2])
    with pytest.raises(OSError, match=f"must have a free port.*port={port}"):
        start_dispatcher(port)


def test_error_there_is_no_such_port():
    with pytest.raises(OSError, match="must have a free port.*port=99999"):
        start_dispatcher(99999)


def test_error_a_journal_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="to write its journal. Received: .*file"):
        start_dispatcher(work_dir=str(tmp_path / "file" / "journal"))


def test_error_a_worker_without_a_dispatcher():
    with pytest.raises(OSError, match="dispatcher must answer at localhost:1"):
        start_worker("localhost:1")


def test_error_a_worker_whose_dispatcher_is_not_named():
    with pytest.raises(ValueError, match="must be HOST:PORT. Received: None"):
        start_worker(None)
