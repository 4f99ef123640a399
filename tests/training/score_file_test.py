import duckdb
import numpy as np
import pytest

from diffumin_tf.training.score_file import check_score_file, write_score_file

COLUMNS = {
    "user_key": np.array([2**62 + 1, -5]),
    "target/city": np.array([b'a,b"', "Łódź".encode()], object),
    "score": np.array([0.1, 1 / 3], np.float32),
}


def test_csv(tmp_path):
    write_score_file(tmp_path / "it's.csv", COLUMNS)
    assert (tmp_path / "it's.csv").read_text().splitlines() == [
        "user_key,target/city,score",
        '4611686018427387905,"a,b""",0.1',
        "-5,Łódź,0.33333334",
    ]
    assert len(list(tmp_path.iterdir())) == 1


def test_parquet_keeps_types_and_values(tmp_path):
    path = tmp_path / "scores.parquet"
    path.write_text("an older one")
    write_score_file(path, COLUMNS)
    found = duckdb.sql(f"SELECT * FROM '{path}'").fetchnumpy()
    assert list(found) == list(COLUMNS)
    assert found["score"].dtype == np.float32 and found["user_key"].dtype == np.int64
    np.testing.assert_array_equal(found["score"], COLUMNS["score"])
    np.testing.assert_array_equal(found["user_key"], COLUMNS["user_key"])
    assert found["target/city"].tolist() == ['a,b"', "Łódź"]


@pytest.mark.parametrize("name", ["scores", "scores.json", "scores.csv.gz"])
def test_error_neither_csv_nor_parquet(name):
    with pytest.raises(ValueError, match=f"'.csv', '.parquet'.*Received: {name}"):
        check_score_file(name)


def test_error_no_directory(tmp_path):
    with pytest.raises(NotADirectoryError, match=f"Received: {tmp_path}/new/s.csv"):
        check_score_file(tmp_path / "new" / "s.csv")


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr("diffumin_tf.atomic_file.os.replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_score_file(tmp_path / "scores.csv", COLUMNS)
    assert not list(tmp_path.iterdir())
