"""What is read of XLA's own account of a program's memory."""

import pytest

from benchmarks.step_memory import temporaries


def write(folder, name, *sizes):
    lines = [
        f"allocation {number}: size {size}, preallocated-temp:\n value: <1 a @0>\n"
        for number, size in enumerate(sizes)
    ]
    lines += ["allocation 9: size 7000, parameter 0, shape |f32[9]|:\n"]
    (folder / f"{name}-buffer-assignment.txt").write_text("".join(lines))


def test_the_program_with_the_largest_temporaries_counts(tmp_path):
    write(tmp_path, "small", 100)
    write(tmp_path, "core", 300, 20)
    assert temporaries(tmp_path) == 320


def test_error_no_program(tmp_path):
    with pytest.raises(ValueError, match=f"none in {tmp_path}"):
        temporaries(tmp_path)
