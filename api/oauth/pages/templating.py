"""The templates of the pages."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)


def rendered(template: str, given: Mapping[str, object]) -> str:
    """Fill a template in; what it names and is not given is an error."""
    return _PAGES.get_template(template).render(given)
