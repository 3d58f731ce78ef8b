"""What the tests of the engines share."""

from tests.sandbox.homes import home, open_folder, template, used_home

__all__ = ["home", "open_folder", "template", "used_home"]
