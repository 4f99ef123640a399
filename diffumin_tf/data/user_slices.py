"""From the columns of many users to one user after the other."""


def user_slices(columns, bounds, schema):
    """Yields the users that have impressions, each name to array.

    Args:
        columns: Name to array of all users together, those of one user in one run.
        bounds: Axis of the schema's columns to `[U + 1]` places: where the values of
            each user begin, and the end of the last one's.
        schema: `Schema`.
    """
    shown = bounds["impression"]
    for user in (shown[1:] > shown[:-1]).nonzero()[0]:
        yield {
            name: columns[name][slice(*bounds[column.axis][user : user + 2])]
            for name, column in schema.columns.items()
        }
