"""A `.npy` file written piece by piece."""

import numpy as np


class NpyStream:
    """Writes a 1-D array whose length is known, without holding it.

    Not a memory map: where the disk is full, writing to one kills the process.

    Args:
        path: The file.
        dtype: Of the array.
        length: Of the array; what is appended must add up to it.
    """

    def __init__(self, path, dtype, length):
        self._dtype = np.dtype(dtype)
        self._file = open(path, "wb")  # noqa: SIM115, closed by `__exit__`.
        description = np.lib.format.dtype_to_descr(self._dtype)
        header = {"descr": description, "fortran_order": False, "shape": (length,)}
        np.lib.format.write_array_header_1_0(self._file, header)

    def append(self, values):
        """Writes the next values."""
        self._file.write(np.asarray(values).astype(self._dtype).tobytes())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
