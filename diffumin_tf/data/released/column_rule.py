"""Which column is which where nobody says."""

from diffumin_tf.data.released.column_map import WAY_BACK, ColumnMap
from diffumin_tf.data.schema import SPLIT

_LIST, _TARGET = "_list", "target_"


def map_of_struct(struct):
    """Guesses a map of the names of released columns.

    `x_list[...]` is the history of the target `target_x`; where no column begins with
    `target_`, of the target `x`. One target and one list that are left over belong
    together. `user_id` is the user's key and a feature of the user, `time_stamp` the
    impression's time. What else there is, is not taken.

    Args:
        struct: `DataStruct`.

    Raises:
        ValueError: If no history and target belong together.
    """
    ids = {n: c for n, c in struct.columns.items() if c.group == "cat_feature"}
    lists = {_stem(n): n for n, c in ids.items() if c.length and n.endswith(_LIST)}
    values = [name for name, column in ids.items() if column.length is None]
    targets = {n.removeprefix(_TARGET): n for n in values if n.startswith(_TARGET)}
    if targets:
        lists = _matched(lists, targets)
    else:
        targets = {name: name for name in values if name in lists}
    pairs = {name: lists[name] for name in targets if name in lists}
    if not pairs:
        raise ValueError(
            "columns must be given where no list x_list[0], ... belongs to a column "
            f"target_x or x. Received: none, and {list(struct.columns)[:20]}."
        )
    columns = {f"history/{name}": listed for name, listed in pairs.items()}
    columns |= {f"target/{name}": column for name, column in targets.items()}
    if "user_id" in values:
        columns |= {"user/user_id": "user_id", "user_key": "user_id"}
    if "time_stamp" in struct.auxiliary_info:
        columns["impression_time"] = "time_stamp"
    return ColumnMap(columns)


def released_names(schema, given):
    """Names every column of a schema in the released format.

    Lists are `x_list`, targets `target_x`, the columns of the way back and `extra`
    keep their names, all others lose their role.

    Args:
        schema: `Schema`.
        given: Native name to released name, where it is to be another one. One name
            given to several columns makes them one released column.

    Returns:
        Native name to released name; in the order in which records hold them.
    """
    columns = [*WAY_BACK, *([SPLIT] if schema.split_by_user else [])]
    columns += [n for n in schema.columns if n not in {*columns, "label"}]
    if unknown := sorted(set(given) - set(columns)):
        raise ValueError(
            "columns must name columns of the schema. "
            f"Received: {unknown}, which are none of {columns}."
        )
    names = {name: given.get(name, _released(name)) for name in columns}
    for name in columns:
        twins = [other for other in columns if names[other] == names[name]]
        if names[name] == "label" or (len(twins) > 1 and not set(twins) <= set(given)):
            raise ValueError(
                "columns must have different names, and not the label's, unless others "
                f"are given. Received: {names[name]!r} for {' and '.join(twins)}."
            )
    return names


def _stem(name):
    return name.removesuffix(_LIST)


def _matched(lists, targets):
    """The lists by the names of their targets, what is left over included."""
    alone = [name for name in lists if name not in targets]
    without = [name for name in targets if name not in lists]
    if len(alone) == len(without) == 1:
        return {without[0] if n == alone[0] else n: lists[n] for n in lists}
    return lists


def _released(name):
    role, _, short = name.rpartition("/")
    if role == "history" or name == "history_time":
        return f"{short}{_LIST}"
    return f"{_TARGET}{short}" if role == "target" else short
