"""The released input classes: which columns they read, and what stands for them."""

import json
from dataclasses import dataclass

_PREFIX = "handle_rec_unit:"
_README_NAME = "Long_term_DiffuMIN"


@dataclass(frozen=True)
class InputClass:
    """A class of the released code that picks the columns of one data set.

    Attributes:
        name: Its name.
        dataset: The gin file of the data that stand for its own.
        short_term_length: The paper's k on its data.
        bindings: Lines of gin that its data, or what it does with them, ask for.
        lists: Columns of the history.
        targets: Columns of the item that is shown.
        others: Further columns of ids.
        numbers: Columns of numbers.
    """

    name: str
    dataset: str
    short_term_length: int
    bindings: tuple[str, ...]
    lists: tuple[str, ...]
    targets: tuple[str, ...]
    others: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


MIX5K = InputClass(
    name="Mix5k_DiffuMIN",
    dataset="datasets/industry.gin",
    short_term_length=100,
    bindings=("NUM_USERS = 6000", "DiffuMIN.use_other = False"),
    lists=("item_id_list", "third_id_list", "aor_id_list"),
    targets=("target_poi", "target_third_id", "target_aor_id"),
)
ELEME = InputClass(
    name="Eleme_DiffuMIN",
    dataset="datasets/eleme.gin",
    short_term_length=20,
    bindings=(
        "NUM_USERS = 6000",
        "DiffuMIN.num_projected_fields = 14",
        "DiffuMIN.normalize_dense = True",
    ),
    lists=(
        "shop_id_list",
        "item_id_list",
        "category_1_id_list",
        "shop_aoi_id_list",
        "hours_list",
    ),
    targets=(
        *("shop_id", "item_id", "city_id", "district_id", "shop_aoi_id"),
        *("shop_geohash_6", "shop_geohash_12", "brand_id", "category_1_id"),
        *("merge_standard_food_id", "rank_7", "rank_30", "rank_90", "hours"),
    ),
    others=(
        *("user_id", "gender", "visit_city", "is_supervip", "ctr_30", "ord_30"),
        *("times", "time_type", "weekdays", "geohash12"),
    ),
    numbers=("avg_price", "total_amt_30"),
)
INPUT_CLASSES = (MIX5K, ELEME)


def find_input_class(units, path):
    """Returns the class that `input_units` names.

    Raises:
        ValueError: If it does not name exactly one that the released code has.
    """
    for known in INPUT_CLASSES:
        if units == [_PREFIX + known.name]:
            return known
    expected = " or ".join(f'["{_PREFIX}{known.name}"]' for known in INPUT_CLASSES)
    hint = ""
    if _README_NAME in json.dumps(units):
        hint = (
            f" {_README_NAME} stands in the released README alone; its data's class "
            f"is {MIX5K.name}."
        )
    raise ValueError(
        f"input_units must be {expected}. Received: {json.dumps(units)} in "
        f"{path}.{hint}"
    )
