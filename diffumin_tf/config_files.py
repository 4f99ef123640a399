"""Where gin files are looked for."""

import os
from pathlib import Path

from diffumin_tf.config_checks import ConfigError, did_you_mean

_PACKAGE = Path(__file__).resolve().parent
# A wheel carries the gin files inside the package, for a top-level folder `gin`
# would be gin-config's own; the working tree has them at the top.
_INSTALLED = _PACKAGE / "configs" / "gin"
SHIPPED = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "gin"


def find_gin_file(name: str, included_by: Path | None = None) -> Path:
    """Finds a gin file.

    Args:
        name: A path, looked for as it is, then (for an include) beside the file that
            includes it, then among the files that come with the package, with or
            without the leading `gin/`.
        included_by: The file whose include statement asks for `name`.

    Returns:
        The path of an existing file: from the working directory where it is below,
        else absolute.

    Raises:
        ConfigError: If there is no such file; names the ones that come close.
    """
    beside = [included_by.parent] if included_by else []
    for folder in (Path(), *beside, SHIPPED.parent, SHIPPED):
        if (folder / name).is_file():
            absolute = (folder / name).resolve()
            relative = Path(os.path.relpath(absolute))
            return absolute if ".." in relative.parts else relative
    known = [str(p.relative_to(SHIPPED.parent)) for p in SHIPPED.glob("**/*.gin")]
    raise ConfigError(f"gin file {name!r} not found{did_you_mean(name, known)}")
