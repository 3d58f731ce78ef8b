"""What is said where a command cannot work with PostgreSQL."""

import click
import pytest

from cli.reach import postgresql_told


def test_a_reader_that_has_read_enough_is_no_postgresql_that_is_away():
    with pytest.raises(BrokenPipeError), postgresql_told():
        raise BrokenPipeError(32, "Broken pipe")


def test_a_postgresql_that_is_away_is_told():
    with pytest.raises(click.ClickException, match="cannot be reached"), postgresql_told():
        raise ConnectionRefusedError
