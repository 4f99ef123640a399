"""Where the released code keeps what our layers keep elsewhere."""

import numpy as np


def is_eleme(golden):
    """Whether a file is of the class for Ele.me."""
    return "in__item_ids" in golden.arrays


class ReleasedLayout:
    """Where the released code keeps what ours keeps elsewhere."""

    def __init__(self, golden):
        meta = golden.meta
        self._width, self._channels = meta["d"], meta["channel_num"]
        dim = meta["embed_dim"]
        interests = self._width * self._channels
        parts = {"r": interests, "r_star": interests, "short": self._width}
        if is_eleme(golden):
            parts |= {"numbers": golden["in__dense"].shape[1]}
            for name in ("user", "item", "ctx"):
                parts[name] = dim * golden[f"in__{name}_ids"].shape[1]
            theirs = ["numbers", "user", "item", "ctx", "r", "r_star", "short", "e_s"]
            ours = ["r", "r_star", "item", "user", "ctx", "e_s", "numbers", "short"]
        else:
            theirs = ["r", "r_star", "short", "e_s"]
            ours = ["r", "r_star", "e_s", "short"]
        parts["e_s"] = self._width
        self._to_ours = _moved(parts, theirs, ours)
        self._to_theirs = _moved(parts, ours, theirs)

    def ours(self, name, array):
        """A weight as our variable holds it."""
        if name == "proj_target__kernel":  # [a, b c + j]
            split = array.reshape(self._width, self._width, self._channels)
            return split.transpose(0, 2, 1)
        if name == "proj_target__bias":
            return array.reshape(self._width, self._channels).T
        if name == "tower__fc0__kernel":
            return array[self._to_ours]
        return array.reshape(array.shape[-1]) if "pop_" in name else array

    def theirs(self, name, array):
        """A weight's gradient as the file holds it."""
        array = np.asarray(array)
        if name.startswith("proj_target"):
            return np.swapaxes(array, -1, -2).reshape(*array.shape[:-2], -1)
        return array[self._to_theirs] if name == "tower__fc0__kernel" else array

    def feature(self, tower_input):
        """The tower's input in the released order."""
        return np.asarray(tower_input)[:, self._to_theirs]


def _moved(parts, before, after):
    """Positions of the columns of `after` in `before`, for parts of known widths."""
    starts = np.cumsum([0] + [parts[name] for name in before])
    places = {
        name: np.arange(start, start + parts[name])
        for name, start in zip(before, starts, strict=False)
    }
    return np.concatenate([places[name] for name in after])
