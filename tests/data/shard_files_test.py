import pytest

from diffumin_tf.data.shard_files import compression_of, find_shards, shard_name

TWO = ("users-00000-of-00002.tfrecord", "users-00001-of-00002.tfrecord")
ZIPPED = tuple(f"{name}.gz" for name in TWO)


def folder(path, names):
    for name in names:
        (path / name).touch()
    return str(path)


@pytest.mark.parametrize(("names", "compression"), [(TWO, None), (ZIPPED, "GZIP")])
def test_names_tell_number_and_compression(names, compression):
    assert tuple(shard_name(shard, 2, compression) for shard in (0, 1)) == names
    assert [compression_of(name) for name in names] == [compression] * 2


@pytest.mark.parametrize("names", [TWO, ZIPPED])
def test_shards_are_found_in_order_among_other_files(tmp_path, names):
    directory = folder(tmp_path, ["schema.json", *reversed(names), f"{TWO[0]}.tmp"])
    assert find_shards(directory) == [f"{directory}/{name}" for name in names]


def test_error_some_shards_are_compressed(tmp_path):
    directory = folder(tmp_path, [TWO[0], ZIPPED[1]])
    with pytest.raises(ValueError, match="shards of one writing, .* Received"):
        find_shards(directory)


def test_error_a_compressed_shard_is_missing(tmp_path):
    directory = folder(tmp_path, ZIPPED[:1])
    with pytest.raises(ValueError, match=rf"2 shards.*without \['{ZIPPED[1]}'\]"):
        find_shards(directory)
