"""Routes by which files are fetched that only a pass opens."""

from random import Random

from starlette.routing import Route

from api.aftersales.desk import PATH as CASE_PICTURES
from api.aftersales.showing import CasePictures
from api.downloads import Table, TableDownload
from api.gate import Gate
from api.orders.downloading import ExportDownload
from api.orders.shipment_import_download import ShipmentImportDownload
from domain.invoices import exporting as invoices
from domain.kernel.clock import Clock
from domain.kernel.db import Database
from domain.kernel.sealing import Vault
from domain.media.ports import ObjectStore
from domain.reports import exporting as reports

_MOST_DOWNLOADS = 8
"""Each has a part of its file in memory."""
_PATIENCE_SECONDS = 1.0


def download_routes(
    vault: Vault, store: ObjectStore, database: Database, clock: Clock, random: Random
) -> list[Route]:
    """The way for files that are not for everybody, wherever they are kept."""
    gate = Gate(
        "downloads",
        running=_MOST_DOWNLOADS,
        waiting=_MOST_DOWNLOADS,
        patience_seconds=_PATIENCE_SECONDS,
    )
    exports = ExportDownload(vault, store, database, clock, random, gate)
    pictures = CasePictures(vault, store, database.reads, clock)
    shipments = ShipmentImportDownload(vault, database, clock, gate)
    tables = TableDownload(
        vault,
        database,
        clock,
        random,
        gate,
        {
            "invoices": Table(invoices.PASS, invoices.table, invoices.record_fetch),
            "sales": Table(reports.SALES_PASS, reports.sales_table),
            "finance": Table(reports.FINANCE_PASS, reports.finance_table),
        },
    )
    return [
        Route("/downloads/orders/{export_id}.csv", exports, methods=["GET"]),
        Route("/downloads/shipments/{import_id}.csv", shipments.get, methods=["GET"]),
        Route("/downloads/{kind}/{days}.csv", tables, methods=["GET"]),
        Route(CASE_PICTURES + "/{case_id:uuid}/{position:int}.webp", pictures.get),
    ]
