"""`bin/make_raw`: writes synthetic data in the raw layout of a public data set."""

from absl import flags

from diffumin_tf.commands import runner


def _alibaba():
    from diffumin_tf.data.alibaba.raw_files import write_raw

    return write_raw


def _eleme():
    from diffumin_tf.data.eleme.raw_files import write_raw

    return write_raw


# Functions that return the writer, so that only the one wanted is imported.
_WRITERS = {"alibaba": _alibaba, "eleme": _eleme}

DATASET = flags.DEFINE_enum("dataset", None, list(_WRITERS), "Whose layout.")
OUTPUT = flags.DEFINE_string("output", None, "A new or empty directory.")
SCALE = flags.DEFINE_float("scale", 0.001, "Size, as a share of the real data's.")
SEED = flags.DEFINE_integer("seed", 0, "Seed of the data.")
# Ele.me's archives are known to arrive damaged.
BAD_SHARE = flags.DEFINE_float("bad_share", 0.0, "Share of spoilt rows (eleme).")
DAMAGED = flags.DEFINE_boolean(
    "damaged", False, "Whether a zip file is cut short and a part empty (eleme)."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flags_as_required(["dataset", "output"])
    runner.run(_make_raw)


def _make_raw():
    damage = {"bad_share": BAD_SHARE.value, "damaged": DAMAGED.value}
    if DATASET.value != "eleme":
        _check_none(damage)
        damage = {}
    write_raw = _WRITERS[DATASET.value]()
    write_raw(OUTPUT.value, SCALE.value, SEED.value, **damage)
    print(f"wrote {OUTPUT.value}")


def _check_none(damage):
    if any(damage.values()):
        raise ValueError(
            "--bad_share and --damaged must be for --dataset=eleme. Received: "
            f"--dataset={DATASET.value}."
        )


if __name__ == "__main__":
    main()
