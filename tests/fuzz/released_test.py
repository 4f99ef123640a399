"""Spoilt records of the released code: refused by file and record, or read whole."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.released.released_records import ReleasedRecords
from tests.data.released.small_released import RECORD, STRUCT, write_records

CASES = 40


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Records, their dataset, traced once for all cases, and one whole record."""
    path = write_records(tmp_path_factory.mktemp("fuzz") / "part", [RECORD])
    records = ReleasedRecords(path, STRUCT)
    (whole,) = tf.data.TFRecordDataset(path).as_numpy_iterator()
    return records, records.impressions(), whole


@pytest.mark.parametrize("number", range(CASES))
def test_a_spoilt_record(reader, number):
    records, impressions, whole = reader
    rng, spoilt = np.random.default_rng([number, 3]), bytearray(whole)
    for place in rng.integers(len(spoilt), size=rng.integers(1, 4)):
        spoilt[place] ^= 1 << rng.integers(8)
    with tf.io.TFRecordWriter(records.paths[0]) as writer:
        writer.write(bytes(spoilt))
    try:
        with readable_errors(records):
            (found,) = impressions.as_numpy_iterator()
    except ValueError as error:
        assert f"record 0 of {records.paths[0]}" in str(error)
        assert "\n" not in str(error) and "{{" not in str(error)
        return
    assert found["label"] in (0, 1) and np.isfinite(found["price"])
    assert found["shop_id_list"].shape == (2,)
