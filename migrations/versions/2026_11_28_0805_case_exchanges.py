"""cases: units that came in exchange can be in a case again

Deploy: before the release that opens such cases. Lines of cases say by which case their units came,
those that are there that they were bought; the key holds for new rows at once, and for the old ones
by the next revision. No API and no worker of the release before may run any more when the first of
such cases is opened: they take its units for units that were bought, and so subtract claims wrongly
where they give them back.
"""

import sqlalchemy as sa
from alembic import op

revision = "2c8e4f90d1b7"
down_revision = "f17b92d6c05e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_lines", sa.Column("exchange_id", sa.Uuid(), nullable=True))
    op.execute(
        "ALTER TABLE case_lines ADD CONSTRAINT fk_case_lines_exchange_id_cases "
        "FOREIGN KEY (exchange_id) REFERENCES cases (id) NOT VALID"
    )


def downgrade() -> None:
    op.drop_column("case_lines", "exchange_id")
