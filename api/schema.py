"""The one schema of the mall, assembled from its contexts."""

from datetime import datetime
from uuid import UUID

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from api.access import access_by_root_field
from api.addresses.mutations import AddressMutation
from api.addresses.queries import AddressQuery
from api.aftersales.mutations import CaseMutation
from api.aftersales.queries import CaseQuery
from api.aftersales.staff_mutations import StaffCaseMutation
from api.aftersales.staff_queries import StaffCaseQuery
from api.catalog.importing.mutations import ImportMutation
from api.catalog.importing.queries import ImportQuery
from api.catalog.product_mutations import ProductMutation
from api.catalog.queries import CatalogQuery
from api.catalog.shelf_mutations import ShelfMutation
from api.catalog.staff_queries import CatalogStaffQuery
from api.context import Info
from api.favourites.mutations import FavouriteMutation
from api.favourites.queries import FavouriteQuery
from api.freight.mutations import FreightMutation
from api.freight.queries import FreightQuery
from api.invoices.mutations import InvoiceMutation, StaffInvoiceMutation
from api.invoices.queries import InvoiceQuery
from api.members.mutations import MemberMutation
from api.members.queries import MemberQuery
from api.members.staff_mutations import MemberStaffMutation
from api.members.staff_queries import MemberStaffQuery
from api.messages.mutations import MessageMutation
from api.messages.queries import MessageQuery
from api.orders.cart_mutations import CartMutation
from api.orders.export_mutations import OrderExportMutation
from api.orders.export_queries import OrderExportQuery
from api.orders.order_queries import OrderQuery
from api.orders.order_subscriptions import OrderSubscription
from api.orders.pick_up_mutations import PickUpMutation
from api.orders.pick_up_queries import PickUpQuery
from api.orders.placing_mutations import OrderMutation
from api.orders.quote_queries import QuoteQuery
from api.orders.receipt_mutations import ReceiptMutation
from api.orders.refund_queries import OrderRefundQuery
from api.orders.review_mutations import ReviewMutation
from api.orders.review_queries import ReviewQuery
from api.orders.shipment_imports import ShipmentImportMutation, ShipmentImportQuery
from api.orders.shipping_mutations import ShippingMutation
from api.orders.staff_mutations import StaffOrderMutation
from api.orders.staff_queries import StaffOrderQuery
from api.orders.tracking_mutations import TrackingMutation
from api.pads.mutations import PadMutation
from api.pads.queries import PadQuery
from api.payments.mutations import PaymentMutation
from api.payments.otherwise import RefundMutation
from api.payments.queries import PaymentQuery
from api.points.account_queries import PointsAccountQuery
from api.points.earning_queries import PointsToEarnQuery
from api.points.mall_mutations import PointsMallMutation
from api.points.mall_queries import PointsMallQuery
from api.points.rules_mutations import PointsRulesMutation
from api.points.rules_queries import PointsRulesQuery
from api.points.staff_mutations import StaffPointsMutation
from api.points.staff_queries import StaffPointsQuery
from api.points.transfer_mutations import PointsTransferMutation, PointsTransferQuery
from api.reconciliation.mutations import ReconciliationMutation
from api.reconciliation.queries import ReconciliationQuery
from api.reports.queries import ReportQuery
from api.scalars import DATE_TIME, MONEY, POINTS, UUID_TEXT
from api.sessions.mutations import SessionMutation
from api.sessions.queries import SessionQuery
from api.sessions.subscriptions import SessionSubscription
from api.shipping_duty.mutations import ShippingDutyMutation
from api.shipping_duty.queries import ShippingDutyQuery
from api.staff.account_mutations import StaffAccountMutation
from api.staff.own_mutations import OwnAccountMutation
from api.staff.queries import StaffQuery
from api.staff.viewer import StaffViewerQuery
from api.stock.mutations import StockMutation
from api.stock.queries import StockQuery
from api.stores.queries import StoreQuery
from api.uploads.mutations import UploadMutation
from domain.kernel.money import Fen
from domain.kernel.points import Points


@strawberry.type(description="What can be read.")
class Query(
    CatalogQuery,
    CatalogStaffQuery,
    StoreQuery,
    StockQuery,
    FreightQuery,
    PointsRulesQuery,
    PointsToEarnQuery,
    PointsMallQuery,
    ImportQuery,
    MemberQuery,
    MemberStaffQuery,
    SessionQuery,
    StaffViewerQuery,
    StaffQuery,
    PadQuery,
    OrderQuery,
    PickUpQuery,
    ShipmentImportQuery,
    QuoteQuery,
    AddressQuery,
    FavouriteQuery,
    ReviewQuery,
    StaffOrderQuery,
    OrderExportQuery,
    OrderRefundQuery,
    CaseQuery,
    StaffCaseQuery,
    PaymentQuery,
    InvoiceQuery,
    ReconciliationQuery,
    ShippingDutyQuery,
    ReportQuery,
    MessageQuery,
    PointsAccountQuery,
    StaffPointsQuery,
    PointsTransferQuery,
):
    """All reads, each context's by inheritance."""


@strawberry.type(description="What can be changed; one field of these for each request.")
class Mutation(
    ProductMutation,
    ShelfMutation,
    StockMutation,
    FreightMutation,
    PointsRulesMutation,
    PointsMallMutation,
    UploadMutation,
    ImportMutation,
    MemberMutation,
    MemberStaffMutation,
    SessionMutation,
    StaffAccountMutation,
    OwnAccountMutation,
    PadMutation,
    OrderMutation,
    PaymentMutation,
    RefundMutation,
    InvoiceMutation,
    StaffInvoiceMutation,
    ReconciliationMutation,
    ShippingDutyMutation,
    AddressMutation,
    FavouriteMutation,
    CartMutation,
    ReviewMutation,
    ReceiptMutation,
    TrackingMutation,
    ShippingMutation,
    PickUpMutation,
    ShipmentImportMutation,
    StaffOrderMutation,
    CaseMutation,
    StaffCaseMutation,
    OrderExportMutation,
    MessageMutation,
    StaffPointsMutation,
    PointsTransferMutation,
):
    """All changes, each context's by inheritance."""


@strawberry.type(description="What can be watched, each over a connection that stays open.")
class Subscription(SessionSubscription, OrderSubscription):
    """All that can be watched, each context's by inheritance."""


class MallSchema(strawberry.Schema):
    """Strawberry's schema, with a door to the graphql-core schema that it builds."""

    @property
    def executable(self) -> GraphQLSchema:
        """What graphql-core validates against and executes."""
        return self._schema


def schema_of(
    query: type, mutation: type | None = None, subscription: type | None = None
) -> MallSchema:
    """Build a schema from its root types, with the mall's scalars and its `Info`."""
    scalars: dict[object, ScalarDefinition] = {
        Fen: MONEY,
        Points: POINTS,
        datetime: DATE_TIME,
        UUID: UUID_TEXT,
    }
    config = StrawberryConfig(info_class=Info, scalar_map=scalars)
    return MallSchema(query, mutation, subscription, config=config)


_SCHEMA = schema_of(Query, Mutation, Subscription)

SCHEMA = _SCHEMA.executable
"""The executable schema."""

ACCESS = access_by_root_field(SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
"""Who may call each root field, by ``Type.field``."""


def printed_schema() -> str:
    """The schema as `schema.graphql` holds it."""
    return f"{_SCHEMA.as_str()}\n"
