from diffumin_tf.released_conf.entry import TAKEN, UNUSED, Entry
from diffumin_tf.released_conf.input_class import MIX5K
from diffumin_tf.released_conf.notes import with_notes

VALUES = {"embed_dim": 8, "batch_size": 3000, "seq_len": 5000, "beta_sche": "linear"}
ENTRIES = [Entry(TAKEN, "batch_size"), Entry(TAKEN, "beta_start")]


def test_a_large_batch_says_what_it_takes():
    # 3000 · 5000 · 24 numbers of 4 bytes are 1.44e9 bytes, 1.34 GiB.
    batch, beta = with_notes(ENTRIES, VALUES, MIX5K)
    assert "1.3 GiB" in batch.text
    assert beta == ENTRIES[1]


def test_a_small_batch_does_not():
    assert with_notes(ENTRIES, {**VALUES, "batch_size": 300}, MIX5K) == ENTRIES


def test_only_the_linear_schedule_has_bounds():
    _, beta = with_notes(ENTRIES, {**VALUES, "beta_sche": "cosine"}, MIX5K)
    assert (beta.group, beta.text) == (UNUSED, "the cosine schedule has none")
