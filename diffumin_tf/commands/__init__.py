"""The commands behind `bin/`: flags, then configuration, then one call."""
