"""A task_conf.json that needs no repair, and data_struct.json to go with it."""

import json
import os
from pathlib import Path

from diffumin_tf.data.released import DataStruct
from diffumin_tf.released_conf.input_class import ELEME

_ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("DIFFUMIN_SHARED", _ROOT.parent / "shared"))
RELEASED = SHARED / "data" / "released_configs"
SMALL = {
    "input_units": ["handle_rec_unit:Eleme_DiffuMIN"],
    "seq_len": 120,
    "subseq_len": 6,
    "embed_dim": 4,
    "feature_num": 5,
    "n_layers": 3,
    "num_heads": 5,
    "dff_factor": 2,
    "channel_num": 2,
    "beta_sche": "linear",
    "beta_start": 0.001,
    "beta_end": 0.03,
    "timesteps": 50,
    "infer_timesteps": 7,
    "temp": 0.1,
    "lamda1": 0.2,
    "lamda2": 0.3,
    "deep_layers": [6, 5],
    "activation": "relu",
    "batch_size": 9,
    "epoch": 2,
    "optimizer": "adagrad_lazyadam",
    "learning_rate": 3,
    "lazyAdam_learning_rate": 0.004,
    "sample_rate": 0.5,
}


def write_conf(folder, **changes):
    """Writes `SMALL` with changes, of which None takes a key away."""
    conf = {k: v for k, v in {**SMALL, **changes}.items() if v is not None}
    path = folder / "task_conf.json"
    path.write_text(json.dumps(conf))
    return path


def write_struct(folder, length=120, without=(), more=()):
    """Writes a data_struct.json for `ELEME`, lists of `length`."""
    lists = [n for n in ELEME.lists if n not in without]
    names = [n for n in (*ELEME.targets, *ELEME.others) if n not in without]
    names += [f"{name}[{i}]" for name in lists for i in range(length)]
    struct = DataStruct((*names, *more), ELEME.numbers, ("time_stamp",))
    path = folder / "data_struct.json"
    path.write_text(struct.to_json())
    return path
