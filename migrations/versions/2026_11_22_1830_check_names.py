"""checks: one prefix in the names, as the models have it

Deploy: any time. Names only; each table is locked for the moment that takes.
"""

from alembic import op

revision = "c90b5e13f7a4"
down_revision = "b7e40f92d6a1"
branch_labels = None
depends_on = None

CHECKS = {
    "audit_entries": ("reason_is_given",),
    "home_pages": ("there_is_one",),
    "members": (
        "birth_day_exists",
        "birth_month_exists",
        "birthday_is_whole",
    ),
    "places": ("kind_is_known",),
    "request_answers": ("one_outcome",),
    "staff": ("role_is_known",),
    "uploads": (
        "expires_after_its_creation",
        "final_is_finished",
        "owner_is_named",
        "ready_has_object",
        "ready_picture_has_size",
        "refusal_is_known",
        "refused_has_reason",
        "size_fits_purpose",
        "size_is_possible",
        "size_is_whole",
        "status_is_known",
        "token_digest_is_sha256",
        "type_fits_purpose",
    ),
    "product_imports": (
        "done_is_whole",
        "failed_has_reason",
        "final_is_finished",
        "progress_is_bounded",
        "reason_is_given",
        "status_is_known",
    ),
    "product_import_rows": (
        "outcome_is_known",
        "refused_has_problems",
        "written_has_product",
    ),
    "variants": (
        "position_is_bounded",
        "price_is_an_amount",
    ),
    "price_entries": (
        "number_is_positive",
        "price_is_an_amount",
    ),
    "stock_levels": (
        "held_is_on_hand",
        "sold_not_negative",
        "units_are_conserved",
    ),
    "stock_entries": (
        "held_follows_reason",
        "number_is_positive",
        "on_hand_follows_reason",
        "reason_is_known",
        "sold_follows_reason",
        "units_are_some",
    ),
}
CUT = {
    "ck_product_import_rows_refused_has_problems": "refused_h_2902",
    "ck_product_import_rows_written_has_product": "written_h_b54e",
}
"""The names that were too long with the prefix doubled, and how they ended then."""


def upgrade() -> None:
    for table, name, doubled in names():
        # No client names a check; only migrations do.
        op.execute(
            "-- squawk-ignore renaming-object\n"
            f"ALTER TABLE {table} RENAME CONSTRAINT {doubled} TO {name}"
        )


def downgrade() -> None:
    for table, name, doubled in names():
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {doubled}")


def names() -> list[tuple[str, str, str]]:
    """Each table, the name of a check of it, and the name that it had at first."""
    found: list[tuple[str, str, str]] = []
    for table, checks in CHECKS.items():
        for check in checks:
            name = f"ck_{table}_{check}"
            doubled = f"ck_{table}_ck_{table}_{CUT.get(name, check)}"
            found.append((table, name, doubled))
    return found
