"""Packaging. The gin files live at the top of the tree and travel in the package.

In a wheel they are `diffumin_tf/configs/gin/...`: a top-level package `gin` would
be gin-config's.
"""

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
GIN_FOLDERS = sorted(
    {str(p.parent.relative_to(ROOT)) for p in ROOT.glob("gin/**/*.gin")}
)
GIN_PACKAGES = {
    f"diffumin_tf.configs.{folder.replace('/', '.')}": folder for folder in GIN_FOLDERS
}
# Tried: Python 3.11 with keras 3.15.1 and numpy 2.4.6; Python 3.10, whose newest are
# keras 3.12.4 and numpy 2.2.6.
TENSORFLOW = ">=2.21,<2.22"
# For bin/case_study alone: a page whose points tell what they are.
PLOTLY = "plotly>=6,<8"
# Keeps what bin/tune has tried, in a database that survives kills. An extra: nothing
# else needs it, and it brings SQLAlchemy.
OPTUNA = "optuna>=5,<6"

setup(
    name="diffumin_tf",
    version="0.1.0",
    description="DiffuMIN, a click-through rate model for long behaviour histories",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10",
    packages=[*find_packages(include=["diffumin_tf*"]), *GIN_PACKAGES],
    package_dir=GIN_PACKAGES,
    package_data={package: ["*.gin"] for package in GIN_PACKAGES},
    install_requires=[
        f"tensorflow{TENSORFLOW}",
        "keras>=3.12,<3.16",
        "numpy>=2.2,<3",
        "absl-py>=2.5,<3",
        "gin-config>=0.5,<0.6",
        "duckdb>=1.2,<3",  # Sorts logs that do not fit in memory.
        "matplotlib>=3.9,<4",  # Plots in reports on data.
        "scikit-learn>=1.7,<2",  # k-means of TWIN-V2's clusters, t-SNE.
        "tensorboard>=2.20,<3",  # tf.summary writes nothing without it.
        # TF Serving's messages: warm-up requests of every export.
        "tensorflow-serving-api>=2.21,<2.22",
    ],
    extras_require={
        "gpu": [f"tensorflow[and-cuda]{TENSORFLOW}"],
        "tune": [OPTUNA],
        "jax": ["jax"],  # To run the layers with KERAS_BACKEND=jax.
        "study": [PLOTLY],
        "test": [
            "pytest>=9.2,<10",
            "pytest-xdist>=3.8,<4",
            "ruff>=0.17.5,<0.18",
            OPTUNA,
            PLOTLY,
        ],
    },
    entry_points={
        "console_scripts": [
            "diffumin-train = diffumin_tf.commands.train:main",
            "diffumin-compare = diffumin_tf.commands.compare:main",
            "diffumin-tune = diffumin_tf.commands.tune:main",
            "diffumin-evaluate = diffumin_tf.commands.evaluate:main",
            "diffumin-predict = diffumin_tf.commands.predict:main",
            "diffumin-case-study = diffumin_tf.commands.case_study:main",
            "diffumin-export = diffumin_tf.commands.export:main",
            "diffumin-prepare-data = diffumin_tf.commands.prepare_data:main",
            "diffumin-prepare-alibaba = diffumin_tf.commands.prepare_alibaba:main",
            "diffumin-prepare-eleme = diffumin_tf.commands.prepare_eleme:main",
            "diffumin-describe = diffumin_tf.commands.describe:main",
            "diffumin-cluster-histories = diffumin_tf.commands.cluster_histories:main",
            "diffumin-convert-released = diffumin_tf.commands.convert_released:main",
            "diffumin-make-world = diffumin_tf.commands.make_world:main",
            "diffumin-make-raw = diffumin_tf.commands.make_raw:main",
            "diffumin-serve-local = diffumin_tf.commands.serve_local:main",
            "diffumin-check-skew = diffumin_tf.commands.check_skew:main",
            "diffumin-import-task-conf = diffumin_tf.commands.import_task_conf:main",
        ]
    },
)
