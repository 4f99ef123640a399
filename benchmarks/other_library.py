"""DIN and TWIN of another library, FuxiCTR, on a data set of ours.

    python3 -m venv /tmp/other
    /tmp/other/bin/pip install fuxictr==2.3.10 torch
    python benchmarks/other_library_arrays.py --data_dir=data/jakarta_checkins \\
        --sequence_length=500 --output=/tmp/jakarta_arrays
    /tmp/other/bin/python benchmarks/other_library.py --model=din \\
        --arrays=/tmp/jakarta_arrays --num_recent=20

The models are the library's own. Set as ours are, because the settings and not the
models would otherwise make the difference: batches of users' runs, the table's first
values, Adam that moves the rows of the batch alone, the statistics of batch norm and
Dice, no norm clipping. The flags' defaults are the settings of gin/checkins.gin.

Its TWIN is without cross features (the library's own option for them does not run) and
its branch for recent behaviours is silent. Ours are made the same by
`use_short_term=False` and `TimeGapEmbedding.num_buckets=1`. Printed: the exact AUC on
the test split of each seed, their mean and standard deviation.
"""

import argparse
import importlib.metadata
import json
import sys
import tempfile
from collections import OrderedDict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from fuxictr.features import FeatureMap  # noqa: E402
from fuxictr.pytorch.layers import Dice  # noqa: E402
from fuxictr.pytorch.torch_utils import seed_everything  # noqa: E402
from model_zoo.LongCTR.DIN.DIN import DIN  # noqa: E402
from model_zoo.LongCTR.TWIN.TWIN import TWIN  # noqa: E402

from benchmarks import other_library_batches as batches  # noqa: E402
from diffumin_tf.metrics import auc  # noqa: E402

_EPSILON = 1e-7  # Keras' Adam
_TEST_BATCH_SIZE = 1024


class NoRecentBranch(torch.nn.Module):
    """Stands for TWIN's attention over the recent behaviours and says nothing."""

    def forward(self, target, sequence, mask):
        return torch.zeros_like(target)


def make_feature_map(fields, embedding_dim):
    """The library's description of the data set."""
    feature_map = FeatureMap("data", tempfile.gettempdir())
    feature_map.features = OrderedDict(batches.feature_specs(fields))
    feature_map.labels = [batches.LABEL]
    feature_map.default_emb_dim = embedding_dim
    return feature_map


def make_model(options, fields):
    """The library's model, with our settings."""
    common = {
        "feature_map": make_feature_map(fields, options.embedding_dim),
        "embedding_dim": options.embedding_dim,
        "dnn_hidden_units": options.hidden_units,
        "dnn_activations": options.activation,
        "batch_norm": True,
        "optimizer": "adam",  # replaced by `make_optimizers`
        "loss": "binary_crossentropy",
        "metrics": ["AUC"],
        "model_root": tempfile.gettempdir(),
        "verbose": 0,
    }
    if options.model == "din":
        model = DIN(
            attention_hidden_units=options.attention_units,
            attention_hidden_activations=options.attention_activation,
            din_use_softmax=options.softmax,
            **common,
        )
    else:
        model = TWIN(
            attention_dim=options.attention_dim,
            num_heads=options.num_heads,
            topk=options.top_k,
            **common,
        )
        model.short_attention = NoRecentBranch()
    _match(model, options.embedding_range)
    return model


def _match(model, embedding_range):
    """Gives the model our first values and our moving statistics."""
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding):
            module.sparse = True
            torch.nn.init.uniform_(module.weight, -embedding_range, embedding_range)
            module.weight.data[module.padding_idx] = 0
        elif isinstance(module, torch.nn.PReLU):
            torch.nn.init.zeros_(module.weight)
        elif isinstance(module, Dice):
            module.bn.momentum = 0.001
        elif isinstance(module, torch.nn.BatchNorm1d) and module.affine:
            module.momentum, module.eps = 0.01, 1e-3


def make_optimizers(model, options):
    """Lazy Adam for the tables, Adam for the rest."""
    tables = [m.weight for m in model.modules() if isinstance(m, torch.nn.Embedding)]
    known = {id(weight) for weight in tables}
    others = [weight for weight in model.parameters() if id(weight) not in known]
    lazy = torch.optim.SparseAdam(
        tables, lr=options.embedding_learning_rate, eps=_EPSILON
    )
    return [lazy, torch.optim.Adam(others, lr=options.learning_rate, eps=_EPSILON)]


def _tensors(arrays):
    return {
        name: torch.from_numpy(np.ascontiguousarray(values))
        for name, values in arrays.items()
    }


def read_batches(arrays, fields, order, batch_size):
    """Yields the library's batches of impressions in the given order."""
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        batch, items, mask = batches.library_batch(arrays, fields, rows)
        yield _tensors(batch), _tensors(items), torch.from_numpy(mask)


def train(model, optimizers, arrays, fields, options, seed):
    """Trains for the epochs, the last partial batch of each left out."""
    model.train()
    for epoch in range(options.epochs):
        order = batches.training_order(
            arrays["user_key"], options.run_length, seed, epoch
        )
        order = order[: len(order) // options.batch_size * options.batch_size]
        losses = []
        for batch in read_batches(arrays, fields, order, options.batch_size):
            loss = model.compute_loss(model.forward(batch), model.get_labels(batch))
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
            losses.append(loss.item())
        print(f"  epoch {epoch}: loss {np.mean(losses):.4f}", flush=True)


def predict(model, arrays, fields):
    """Click probabilities `[N]`, in stored order."""
    model.eval()
    order = np.arange(len(arrays[batches.LABEL]))
    with torch.no_grad():
        scores = [
            model.forward(batch)["y_pred"][:, 0].numpy()
            for batch in read_batches(arrays, fields, order, _TEST_BATCH_SIZE)
        ]
    return np.concatenate(scores)


def save(options, model, scores):
    """Writes weights and predictions of the last seed."""
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    settings = {k: v for k, v in vars(options).items() if not isinstance(v, Path)}
    np.savez(options.save, settings=json.dumps(settings), probability=scores, **weights)


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--arrays", type=Path, required=True, help="What other_library_arrays wrote.")
    add("--model", choices=["din", "twin"], required=True)
    add("--seeds", type=int, default=5, help="How many, from 0.")
    add("--num_recent", type=int, default=500, help="Behaviours the model reads.")
    add("--batch_size", type=int, default=256)
    add("--run_length", type=int, default=8, help="Of a user's impressions.")
    add("--epochs", type=int, default=1)
    add("--learning_rate", type=float, default=0.001)
    add("--embedding_learning_rate", type=float, default=0.05)
    add("--embedding_dim", type=int, default=8)
    add("--embedding_range", type=float, default=0.5, help="Uniform in ± this.")
    add("--hidden_units", type=int, nargs="+", default=[128, 64])
    add("--activation", choices=["ReLU", "PReLU", "Dice"], default="Dice")
    add("--attention_units", type=int, nargs="+", default=[80, 40], help="DIN")
    add("--attention_activation", choices=["Sigmoid", "Dice"], default="Sigmoid")
    add("--softmax", action="store_true", help="DIN: over the behaviours.")
    add("--attention_dim", type=int, default=16, help="TWIN: width of all heads.")
    add("--num_heads", type=int, default=4, help="TWIN")
    add("--top_k", type=int, default=20, help="TWIN: behaviours of stage two.")
    add("--save", type=Path, help="File for other_library_weights.py.")
    return parser.parse_args()


def main():
    """Trains and scores once a seed."""
    options = read_options()
    fields = batches.load_fields(options.arrays)
    splits = [
        batches.load_arrays(options.arrays, split, options.num_recent)
        for split in ("train", "test")
    ]
    found = []
    for seed in range(options.seeds):
        seed_everything(seed)
        model = make_model(options, fields)
        train(model, make_optimizers(model, options), splits[0], fields, options, seed)
        scores = predict(model, splits[1], fields)
        found.append(auc(splits[1][batches.LABEL], scores))
        print(f"seed {seed}: test AUC {found[-1]:.4f}", flush=True)
    if options.save:
        save(options, model, scores)
    version = importlib.metadata.version("fuxictr")
    spread = np.std(found, ddof=1) if len(found) > 1 else 0.0
    print(
        f"{options.model} of fuxictr {version}, {len(splits[1][batches.LABEL]):,} test "
        f"impressions: AUC {np.mean(found):.4f} ± {spread:.4f} of {len(found)} seeds"
    )


if __name__ == "__main__":
    main()
