"""What the server counts, for Prometheus: how many watch, how long publishing takes, what waits. Never who, nor where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import trio
from quart import Blueprint, Response

from .. import __version__
from ..actions import App
from ..hub import PUBLISH_BOUNDS, HubStatistics
from ..store import StoreStatistics
from ..words.asker import require_admin
from .context import the_app
from .sessions import require_asker

if TYPE_CHECKING:
    from prometheus_client import Metric

blueprint = Blueprint("metrics", __name__)


@dataclass(frozen=True)
class Figures:
    """What there is to tell, all of one moment."""

    hub: HubStatistics
    store: StoreStatistics
    wrong_passwords: int
    refused_tries: int


@blueprint.get("/metrics")
async def metrics() -> Response:
    """All figures, in Prometheus' text format 0.0.4. For admins and the console."""
    require_admin(await require_asker())
    figures = figures_of(the_app())
    # In a thread: the first time it imports prometheus_client, and each time it lists all open descriptors.
    text = await trio.to_thread.run_sync(written, figures)
    return Response(
        text, content_type="text/plain; version=0.0.4; charset=utf-8", headers={"cache-control": "no-store"}
    )


def figures_of(app: App) -> Figures:
    return Figures(app.hub.statistics(), app.store.statistics(), app.passwords.refused, app.rates.refused)


def written(figures: Figures) -> bytes:
    # Imported only here: it costs a tenth of a second, and most servers are never asked.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(Collector(figures))
    return generate_latest(registry)


class Collector:
    """The figures as Prometheus' kinds of metrics."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.metrics_core import CounterMetricFamily as Counter
        from prometheus_client.metrics_core import GaugeMetricFamily as Gauge
        from prometheus_client.metrics_core import InfoMetricFamily as Info

        hub, store = self._figures.hub, self._figures.store
        yield Info("convore_build", "Which version runs.", {"version": __version__})
        yield Gauge("convore_live_streams", "Live streams that are open.", hub.streams)
        yield Gauge("convore_people_watching", "People with at least one live stream open.", hub.users)
        yield Gauge("convore_waiting_bytes", "Bytes that wait for readers, of all streams together.", hub.waiting_bytes)
        yield Counter("convore_events_published", "Events told to the live streams.", hub.published)
        yield Counter("convore_deliveries", "Events handed to a stream, each stream counted.", hub.delivered)
        yield Counter("convore_streams_dropped", "Streams ended because their reader was too slow.", hub.dropped)
        yield publish_seconds(hub)
        yield Gauge("convore_jobs_waiting", "Changes that wait for the one writer.", store.jobs_waiting)
        yield Counter("convore_jobs", "Changes answered by the writer, the refused ones too.", store.jobs_done)
        yield Counter("convore_commits", "Commits to the disk; changes that wait together share one.", store.commits)
        yield Counter("convore_wrong_passwords", "Passwords that did not match.", self._figures.wrong_passwords)
        yield Counter("convore_refused_tries", "Tries refused for coming too often.", self._figures.refused_tries)


def publish_seconds(hub: HubStatistics) -> Metric:
    """A histogram: how many calls took up to each bound, and their time in all."""
    from prometheus_client.metrics_core import HistogramMetricFamily

    bounds = [*(str(bound) for bound in PUBLISH_BOUNDS), "+Inf"]
    counts = accumulate(hub.publishing)
    return HistogramMetricFamily(
        "convore_publish_seconds",
        "Time to hand the events of one commit to all streams.",
        buckets=list(zip(bounds, map(float, counts), strict=True)),
        sum_value=hub.publishing_seconds,
    )
