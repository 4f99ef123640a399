"""The days of the data, from midnight to midnight of Beijing (UTC+8), in seconds."""

import numpy as np

_DAY, _HOUR = 86_400, 3_600
_BEIJING = 8 * _HOUR
_THURSDAY = 3  # 1970-01-01, with Monday as 0.

FIRST_IMPRESSION = 1_494_000_000  # 6 May 2017.
FIRST_BEHAVIOUR = FIRST_IMPRESSION - 14 * _DAY  # 22 April.
TEST = FIRST_IMPRESSION + 7 * _DAY  # 13 May.
END = TEST + _DAY

SPLITS = {"train": (FIRST_IMPRESSION, TEST), "test": (TEST, END)}


def clock_columns(time):
    """Hour (1 to 24: the clock's, and one) and weekday (Monday is 1) in Beijing.

    Args:
        time: int64 `[m]`, Unix seconds.
    """
    local = np.asarray(time) + _BEIJING
    return {
        "context/hour": local // _HOUR % 24 + 1,
        "context/weekday": (local // _DAY + _THURSDAY) % 7 + 1,
    }
