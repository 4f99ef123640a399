"""The columns of the users, and the tables of their ids."""

import numpy as np

from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

# As their numbers stand in `history/btag`, from 1.
BTAGS = ("pv", "cart", "fav", "buy")
PROFILE = (
    "cms_segid",
    "cms_group_id",
    "final_gender_code",
    "age_level",
    "pvalue_level",
    "shopping_level",
    "occupation",
    "new_user_class_level",
)
# A value 0 is a value like the others in these, so they are text.
TEXTS = ("pid", *PROFILE)
BEHAVIOUR = ("cate", "brand", "btag")
AD = ("adgroup", "cate", "campaign", "customer", "brand")
# The ids that are looked up; those of the other tables are known.
LOOKED_UP = ("user", *AD, *TEXTS)


def features(tables):
    """The `FeatureSpec`.

    An ad has no behaviour type: `target/btag`, the counterpart of `history/btag`, is
    always missing, and so an embedding of its own.

    Args:
        tables: Name to `Table`, for each of `LOOKED_UP`.
    """
    known = (
        Table("btag", "dense", len(BTAGS)),
        Table("hour", "dense", 24),
        Table("weekday", "dense", 7),
    )
    roles = {
        "history": BEHAVIOUR,
        "target": (*AD, "btag"),
        "user": ("user", *PROFILE),
        "context": ("pid", "hour", "weekday"),
    }
    fields = [
        Field(f"{role}/{name}", name, role, "string" if name in TEXTS else "int64")
        for role, names in roles.items()
        for name in names
    ]
    ordered = tuple(tables[name] for name in LOOKED_UP)
    return FeatureSpec(
        (*ordered, *known), fields, (DenseField("target/price", "target"),)
    )


def price_column(price):
    """The price as it stands in `target/price`: the decimal logarithm of 1 + price."""
    return np.log10(1 + np.asarray(price, np.float64)).astype(np.float32)
