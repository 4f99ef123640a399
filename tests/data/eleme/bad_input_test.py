"""What cannot be prepared is told in one line, and nothing is left behind."""

import os

import pytest

from diffumin_tf.data.eleme.raw_files import write_raw_eleme
from tests.data.eleme.small_parts import line, prepare, read, write


def _fails(raw, message, error=ValueError, **arguments):
    before = set(raw.parent.iterdir())
    with pytest.raises(error, match=message) as caught:
        prepare(raw, **arguments)
    assert "\n" not in str(caught.value)
    assert set(raw.parent.iterdir()) == before


@pytest.fixture
def raw(tmp_path):
    for day in (1, 2):
        write(tmp_path / "raw" / f"D{day}_0.csv", [line(), line()])
    return tmp_path / "raw"


def test_error_a_tenth_of_the_rows_is_bad(tmp_path):
    write_raw_eleme(tmp_path / "raw", num_users=30, bad_share=0.1)
    days = {"train_days": (1, 12), "test_days": (13, 14)}
    message = r"Received: .* in .*line \d+ of .*D1_0.csv. .\d+ of 240 rows are bad; "
    _fails(tmp_path / "raw", f"{message}max_bad_share is 0.02", **days)
    report = prepare(tmp_path / "raw", max_bad_share=0.2, **days)
    assert report["rows_kept"] == len(read(tmp_path / "users"))


def test_too_many_bad_rows_stop_it_before_all_parts_are_read(raw):
    write(raw / "D1_1.csv", [line(label="x")] * 10_000)
    write(raw / "D1_2.csv", [line()] * 2)
    message = "'x' in column 1, line 1 of .*D1_1.csv. .10000 of 10002 rows are bad"
    _fails(raw, message)


def test_error_a_split_without_parts(raw):
    message = "parts of test_days, 3 to 4. Received: .*raw with parts of days .1, 2."
    _fails(raw, message, train_days=(1, 2), test_days=(3, 4))


def test_error_a_split_without_rows_and_what_was_damaged(raw, capsys):
    (raw / "D2_0.csv").write_bytes(b"")
    _fails(raw, "none for 'test', of 2 rows kept.")
    assert f"{raw / 'D2_0.csv'} is empty." in capsys.readouterr().out.splitlines()


def test_error_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="raw_dir must hold.*nothing.*Ask Anna"):
        prepare(tmp_path / "nothing", how_to_get="Ask Anna.")


def test_error_output_is_not_empty(raw):
    (raw.parent / "users").mkdir()
    (raw.parent / "users" / "mine").touch()
    _fails(raw, "new or empty directory.*users", FileExistsError)


def test_error_full_disk_names_the_file_and_the_rest_goes_on(raw):
    work = raw.parent / "users.preparing" / "output"
    work.mkdir(parents=True)
    full = work / "users-00001-of-00002.tfrecord.tmp"
    os.symlink("/dev/full", full)
    with pytest.raises(OSError, match="users-00001-of-00002.tfrecord cannot be writ"):
        prepare(raw)
    full.unlink()
    assert prepare(raw)["rows_kept"] == 4
    assert sorted(os.listdir(raw.parent)) == ["raw", "users"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"first_day": "1 April"}, "first_day must be a date.*'1 April'"),
        ({"first_day": None}, "first_day must be a date.*None"),
        ({"train_days": (0, 1)}, r"from day 1.*train_days=\(0, 1\)"),
        ({"train_days": (1, 2)}, r"test later. Received: train_days=\(1, 2\), test_d"),
        ({"test_days": (3, 2)}, r"test_days=\(3, 2\)"),
        ({"test_days": (2,)}, r"test_days=\(2,\)"),
        ({"sequence_length": 0}, "sequence_length must be at least 1. Received: 0"),
        ({"max_table_size": 10}, "max_table_size must be at least 1024. Received: 10"),
        ({"max_bad_share": 1.0}, "max_bad_share must be.*1.0"),
        ({"compression": "ZIP"}, "compression must be one of.*'ZIP'"),
    ],
)
def test_error_argument(arguments, message, raw):
    _fails(raw, message, **arguments)
