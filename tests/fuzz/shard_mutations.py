"""Ways to spoil a shard: its bytes, or, with checksums that hold, its records."""

import tensorflow as tf

from tests.fuzz.native_data import SCHEMA

_INTEGERS = [n for n, c in SCHEMA.columns.items() if c.dtype == "int64"]
_FLOATS = [n for n, c in SCHEMA.columns.items() if c.dtype == "float32"]
_IDS = [field.name for field in SCHEMA.features.fields if field.dtype == "int64"]


def spoil(path, rng):
    """Spoils one file in a way that the generator picks.

    Returns:
        The name of the way, and whether a reader must refuse the result.
    """
    if rng.random() < 0.35:
        way = _OF_BYTES[rng.integers(len(_OF_BYTES))]
        path.write_bytes(bytes(way(bytearray(path.read_bytes()), rng)))
        return way.__name__, way in (repeat, empty)
    records = [
        tf.train.Example.FromString(record.numpy())
        for record in tf.data.TFRecordDataset(str(path))
    ]
    way, harmful = _OF_RECORDS[rng.integers(len(_OF_RECORDS))]
    # Every user of the data set has values in every column.
    way(records[rng.integers(len(records))].features.feature, rng)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record.SerializeToString())
    return way.__name__, harmful


def flip_bytes(content, rng):
    for place in rng.integers(len(content), size=rng.integers(1, 4)):
        content[place] ^= 1 << rng.integers(8)
    return content


def truncate(content, rng):
    return content[: rng.integers(len(content))]


def cut_out(content, rng):
    first, end = sorted(rng.integers(len(content), size=2))
    return content[:first] + content[end + 1 :]


def append(content, rng):
    return content + rng.bytes(rng.integers(1, 40))


def repeat(content, rng):
    return content + content


def empty(content, rng):
    return bytearray()


def drop_column(features, rng):
    del features[rng.choice(sorted(features))]


def rename_column(features, rng):
    name = rng.choice(sorted(features))
    features[name + "x"].CopyFrom(features[name])
    del features[name]


def add_column(features, rng):
    features["unheard_of"].int64_list.value[:] = [1]


def change_type(features, rng):
    name = rng.choice(sorted(features))
    was_float = features[name].WhichOneof("kind") == "float_list"
    features[name].Clear()
    if was_float:
        features[name].int64_list.value[:] = [1, 0]
    else:
        features[name].float_list.value[:] = [1.0, 0.5]


def longer_column(features, rng):
    name = rng.choice([*_INTEGERS, *_FLOATS])
    values = _values(features[name])
    values.append(values[-1])


def shorter_column(features, rng):
    values = _values(features[rng.choice([*_INTEGERS, *_FLOATS])])
    del values[-1]


def random_integer(features, rng):
    _set(features, rng.choice(_INTEGERS), rng, int(rng.integers(-20, 120)))


def huge_integer(features, rng):
    _set(features, rng.choice(_INTEGERS), rng, int(rng.choice([-(2**63), 2**63 - 1])))


def negative_id(features, rng):
    _set(features, rng.choice(_IDS), rng, -int(rng.integers(1, 2**62)))


def large_id(features, rng):
    _set(features, rng.choice(["history/item", "target/item"]), rng, 10)


def wrong_label(features, rng):
    _set(features, "label", rng, float(rng.choice([2, -1, 0.5, float("nan")])))


def infinite_number(features, rng):
    values = [float("nan"), float("inf"), -float("inf")]
    _set(features, rng.choice(["context/price", "weight"]), rng, rng.choice(values))


def negative_weight(features, rng):
    _set(features, "weight", rng, -float(rng.random()) - 1e-3)


def falling_time(features, rng):
    values = features["impression_time"].int64_list.value
    values[-1] = values[0] - 1


def look_ahead(features, rng):
    """The last impression sees a behaviour that came after it."""
    features["history_time"].int64_list.value[-1] = 2**40
    count = len(features["history_time"].int64_list.value)
    features["history_length"].int64_list.value[-1] = count


def prefix_beyond(features, rng):
    count = len(features["history_time"].int64_list.value)
    _set(features, "history_length", rng, int(rng.choice([-1, count + 1])))


def _values(feature):
    return getattr(feature, feature.WhichOneof("kind")).value


def _set(features, name, rng, value):
    values = _values(features[name])
    values[rng.integers(len(values))] = value


_OF_BYTES = [flip_bytes, truncate, cut_out, append, repeat, empty]
_OF_RECORDS = [
    (drop_column, True),
    (rename_column, True),
    (add_column, False),
    (change_type, True),
    (longer_column, True),
    (shorter_column, True),
    (random_integer, False),
    (huge_integer, False),
    (negative_id, True),
    (large_id, True),
    (wrong_label, True),
    (infinite_number, True),
    (negative_weight, True),
    (falling_time, True),
    (look_ahead, True),
    (prefix_beyond, True),
]
