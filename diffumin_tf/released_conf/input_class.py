"""The released input classes: which columns they read, and what stands for them."""

import json
from dataclasses import dataclass

_PREFIX = "handle_rec_unit:"


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
        earlier_names: What earlier versions of the released code call it.
    """

    name: str
    dataset: str
    short_term_length: int
    bindings: tuple[str, ...]
    lists: tuple[str, ...]
    targets: tuple[str, ...]
    others: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    earlier_names: tuple[str, ...] = ()


MIX5K = InputClass(
    name="Mix5k_DiffuMIN",
    dataset="datasets/industry.gin",
    short_term_length=100,
    bindings=("NUM_USERS = 6000", "DiffuMIN.use_other = False"),
    lists=("item_id_list", "third_id_list", "aor_id_list"),
    targets=("target_poi", "target_third_id", "target_aor_id"),
    earlier_names=("Long_term_DiffuMIN", "Long_term_5k_DiffuMIN"),
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
        if units in ([_PREFIX + name] for name in (known.name, *known.earlier_names)):
            return known
    expected = " or ".join(f'["{_PREFIX}{known.name}"]' for known in INPUT_CLASSES)
    raise ValueError(
        f"input_units must be {expected}. Received: {json.dumps(units)} in {path}."
    )
