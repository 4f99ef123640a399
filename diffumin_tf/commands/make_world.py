"""`bin/make_world`: writes the synthetic industry world to disk."""

from absl import flags

from diffumin_tf.commands import runner

OUTPUT = flags.DEFINE_string("output", None, "A new or empty directory.")
NUM_USERS = flags.DEFINE_integer("num_users", 6_000, "Number of users.")
IMPRESSIONS_PER_USER = flags.DEFINE_integer(
    "impressions_per_user", 8, "Impressions of each in the last 14 days."
)
SEED = flags.DEFINE_integer("seed", 0, "Seed of the world.")
NUM_SHARDS = flags.DEFINE_integer("num_shards", 8, "Number of files.")
COMPRESSION = flags.DEFINE_enum("compression", None, ["GZIP"], "None by default.")

_PROGRESS_LINES = 10


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("output")
    runner.run(_make_world)


def _make_world():
    from diffumin_tf.data.industry_world import IndustryWorld
    from diffumin_tf.data.records import write_users

    world = IndustryWorld(NUM_USERS.value, IMPRESSIONS_PER_USER.value, SEED.value)
    users = _told(map(world.user, range(world.num_users)), world.num_users)
    write_users(OUTPUT.value, users, world.schema, NUM_SHARDS.value, COMPRESSION.value)
    print(f"wrote {OUTPUT.value}")


def _told(users, total):
    """Yields the users, and tells of every tenth of them."""
    for done, user in enumerate(users, start=1):
        yield user
        if done * _PROGRESS_LINES // total > (done - 1) * _PROGRESS_LINES // total:
            print(f"{done} of {total} users", flush=True)


if __name__ == "__main__":
    main()
