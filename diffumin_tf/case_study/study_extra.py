"""The packages that only the case study needs."""

from importlib.util import find_spec

# Name of the import to name of the package.
_PACKAGES = {"sklearn": "scikit-learn", "plotly": "plotly"}


def check_installed():
    """Says which command installs what is missing, before anything is computed.

    Raises:
        ValueError: If a package is missing.
    """
    if missing := [p for name, p in _PACKAGES.items() if find_spec(name) is None]:
        raise ValueError(
            f"a case study needs {' and '.join(_PACKAGES.values())}. Received: no "
            f"{', no '.join(missing)}; run: pip install 'diffumin_tf[study]', or in a "
            "checkout: pip install -e '.[study]'."
        )
