import json

import pytest

from diffumin_tf.training.tf_config import read_tf_config

WORKERS = ["a:1", "b:2"]
NO_ADDRESSES = '{"cluster": ["worker"], "task": {"type": "worker", "index": 0}}'


def text(kind="worker", index=0, **cluster):
    cluster = cluster or {"worker": WORKERS}
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def read(config):
    return read_tf_config(config, {"chief", "worker"}, {"worker"})


@pytest.mark.parametrize(
    "config",
    [text(), text(index=1), text("chief", chief=["c:3"], worker=WORKERS)],
)
def test_what_tensorflow_takes_is_taken(config):
    task = json.loads(config)["task"]
    assert read(config) == (task["type"], task["index"])


def test_needed_jobs_are_there():
    jobs = {"chief", "ps", "worker"}
    config = text("ps", chief=["c:3"], ps=["p:1"], worker=WORKERS)
    assert read_tf_config(config, jobs, jobs) == ("ps", 0)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "where several processes train. Received: none"),
        ("{", "must be JSON such as .* Received: { "),
        ("{}", "must be JSON such as .*KeyError"),
        ("[]", "must be JSON such as .*TypeError"),
        (
            '{"cluster": ["worker"], "task": {"type": "worker", "index": 0}}',
            "JSON such",
        ),
        (text(["worker"]), "must be JSON such as .*TypeError"),
        (text(index=2), "index 2, where there are {'worker': 2}"),
        (text(index=-1), "one of its cluster.*index -1"),
        (text(index="0"), "one of its cluster.*index '0'"),
        (text("chief"), "one of its cluster.*type 'chief'"),
        (text(worker=WORKERS, ps=["p:1"]), "may have .*'worker'.*, and.*'ps'"),
        (text(chief=["c:3", "d:4"], worker=WORKERS), "one chief at most"),
        (text(worker=["a:1", "a:1"]), "host:port of its own. Received: 'a:1'"),
        (text(worker=["a"]), "host:port of its own. Received: 'a'"),
        (text(worker=["a:b"]), "host:port of its own. Received: 'a:b'"),
    ],
)
def test_error_processes_cannot_find_each_other(config, message):
    with pytest.raises(ValueError, match=message):
        read(config)


def test_error_a_needed_job_is_missing():
    jobs = {"chief", "ps", "worker"}
    with pytest.raises(ValueError, match=r"must have \['chief', 'ps', 'worker'\], may"):
        read_tf_config(text(), jobs, jobs)
