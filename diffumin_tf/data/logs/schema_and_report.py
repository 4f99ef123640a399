"""The files of a prepared directory beside its shards."""

import json
import os

from diffumin_tf.data.logs.report import to_text
from diffumin_tf.data.schema import FILE_NAME


def write_schema_and_report(directory, schema, report):
    """Writes `schema.json`, `report.json` and `report.txt`.

    Args:
        directory: A `Path`.
        schema: `Schema`.
        report: Dictionary that JSON can hold.
    """
    texts = {
        "report.json": json.dumps(report, indent=2) + "\n",
        "report.txt": to_text(report),
        FILE_NAME: schema.to_json(),
    }
    for name, text in texts.items():
        # No draft, which a kill would leave here: the directory is renamed whole.
        with open(directory / name, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
