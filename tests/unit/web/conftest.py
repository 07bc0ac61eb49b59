"""The small company behind the web, for every test of the web's core."""

from tests.unit.website import *  # noqa: F403 - its fixtures
