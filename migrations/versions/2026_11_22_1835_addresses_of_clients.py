"""addresses of clients

Deploy: after browser sign-in. Looks at each client; clients go on meanwhile.
"""

from alembic import op

revision = "4c1fa96e83d2"
down_revision = "b8e52d07f9a4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE oauth_clients VALIDATE CONSTRAINT ck_oauth_clients_codes_have_where_to_go"
    )


def downgrade() -> None:
    pass
