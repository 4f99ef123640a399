"""How points look, in the picture and on the page alike: as in the paper's figure."""

from dataclasses import dataclass

from diffumin_tf.case_study.point import AUGMENTED, CHANNEL, INTEREST, TARGET, TWIN

# Told apart by colour-blind readers too; black and gray are taken.
_CHANNEL_COLORS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#e69f00",
    "#882255",
    "#999933",
)


@dataclass(frozen=True)
class Mark:
    """The look of a kind of points.

    Attributes:
        label: In the legend, in lines.
        symbol: Of plotly.
        marker: Of matplotlib.
        size: Diameter in pixels of the page, and in points of the picture.
        opacity: From 0 to 1.
        color: None for the channel's.
        outline: Colour of the edge.
    """

    label: str
    symbol: str
    marker: str
    size: float
    opacity: float = 1.0
    color: str | None = None
    outline: str = "white"


_SELECTED = Mark(
    "selected by TWIN's first stage,\nplaced by DiffuMIN's embeddings",
    *("circle", "o", 7, 0.6, "#9a9a9a"),
)
_FURTHER_DRAW = Mark("r*, further draws", "circle", "o", 6, 0.45)
# The draw that the model's own score is made of.
_SCORED_DRAW = Mark("augmented interest r*", "circle", "o", 8, outline="black")
_INTEREST = Mark("aggregated interest r", "circle", "o", 14)
_TARGET = Mark("clicked target", "star", "*", 24, color="#f0e442", outline="black")
_CHANNEL = Mark("interest channel", "star", "*", 14, outline="black")

# From the lowest to the one on top, the largest first: none hides another.
LAYERS = (_TARGET, _INTEREST, _CHANNEL, _SCORED_DRAW, _SELECTED, _FURTHER_DRAW)
_OF_KIND = {
    TARGET: _TARGET,
    CHANNEL: _CHANNEL,
    INTEREST: _INTEREST,
    AUGMENTED: _FURTHER_DRAW,
    TWIN: _SELECTED,
}


def mark_of(point):
    """The `Mark` of a `Point`."""
    if point.kind == AUGMENTED and point.draw == 1:
        return _SCORED_DRAW
    return _OF_KIND[point.kind]


def color_of(point):
    """The colour of a `Point`."""
    return mark_of(point).color or channel_color(point.channel)


def channel_color(channel):
    """The colour of a channel, from 1; beyond eight channels they come again."""
    return _CHANNEL_COLORS[(channel - 1) % len(_CHANNEL_COLORS)]


def layers_of(case):
    """The `Mark`s that a case's points have, lowest first, and whose they are.

    Returns:
        A list of (`Mark`, list of int, the indices of its points).
    """
    found = [mark_of(point) for point in case.points]
    layers = [(mark, [i for i, m in enumerate(found) if m is mark]) for mark in LAYERS]
    return [(mark, indices) for mark, indices in layers if indices]
