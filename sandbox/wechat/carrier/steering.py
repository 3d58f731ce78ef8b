"""What steers the parcels (``/_control/parcels``)."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.wechat.asked import asked, refused, told
from sandbox.wechat.carrier import queries
from sandbox.wechat.carrier.journeys import End
from sandbox.wechat.world import World


def carrier_control_routes(world: World) -> list[Route]:
    """Return what steers the parcels."""
    control = _Control(world)
    return [
        Route("/parcels", control.list, methods=["GET"]),
        Route("/parcels", control.change, methods=["POST"]),
    ]


class _ParcelAsked(Struct, forbid_unknown_fields=True):
    company: str
    number: Annotated[str, Meta(min_length=6, max_length=32)]
    end: End = End.DELIVERED


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world

    async def list(self, _: Request) -> Response:
        """Tell of each parcel that somebody has asked for."""
        return told([queries.told(each) for each in self._world.journeys])

    async def change(self, request: Request) -> Response:
        """Say what becomes of a parcel; where nobody has asked for it, its journey begins."""
        wanted = await asked(request, _ParcelAsked)
        if wanted.company not in queries.COMPANIES:
            raise refused(f"company: choose one of {', '.join(sorted(queries.COMPANIES))}")
        world = self._world
        journey = world.journeys.of(wanted.company, wanted.number, world.clock())
        journey.end = wanted.end
        return told(queries.told(journey))
