"""Draws what was measured: panels side by side, a line for each contestant with its name at its end, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from running import RESULTS

HOW_TO_INSTALL = "No plot: matplotlib is not installed. To have it: pip install 'convore-lite[benchmarks]'"
COLOURS = ("#1f5fa8", "#c05a1c", "#6b6b6b", "#3f7d3a")
INK, QUIET = "#222222", "#8a8a8a"
STYLE = {
    "font.family": "sans-serif",
    "font.size": 9,
    # Letters as shapes look the same everywhere; the salt keeps the file the same for the same numbers.
    "svg.fonttype": "path",
    "svg.hashsalt": "convore-lite",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}
# The least distance between two names at the ends of lines, as a part of the panel's height.
APART = 0.07


@dataclass(frozen=True)
class Panel:
    """*lines* are points by name; *log* puts x on a logarithmic axis, with a tick at each point."""

    title: str
    x: str
    lines: dict[str, list[tuple[float, float]]]
    log: bool = False


def draw(name: str, panels: Sequence[Panel]) -> None:
    """Write results/NAME.svg, where matplotlib is installed."""
    try:
        import matplotlib
    except ImportError:
        print(HOW_TO_INSTALL)  # noqa: T201
        return
    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context(STYLE):
        figure, axes = pyplot.subplots(1, len(panels), figsize=(4.2 * len(panels), 3.2), squeeze=False)
        for axis, panel in zip(axes[0], panels, strict=True):
            _draw_panel(axis, panel)
        figure.tight_layout(w_pad=3)
        RESULTS.mkdir(exist_ok=True)
        figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})
        pyplot.close(figure)
    print(f"Drawn: {RESULTS / f'{name}.svg'}")  # noqa: T201


def _draw_panel(axis: Any, panel: Panel) -> None:
    axis.set_title(panel.title, loc="left", fontsize=10, color=INK)
    axis.set_xlabel(panel.x, color=QUIET)
    few = max(map(len, panel.lines.values())) <= 12
    for colour, points in zip(COLOURS, panel.lines.values(), strict=False):
        axis.plot(*zip(*points, strict=True), color=colour, linewidth=1.8, marker="o" if few else "", markersize=3.5)
    if panel.log:
        ticks = sorted({x for points in panel.lines.values() for x, _ in points})
        axis.set_xscale("log")
        axis.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
        axis.minorticks_off()
    axis.set_ylim(bottom=0)
    axis.grid(axis="y", color="#e6e6e6", linewidth=0.7)
    axis.set_axisbelow(True)
    _name_lines(axis, panel)


def _name_lines(axis: Any, panel: Panel) -> None:
    """Each name stands where its line ends, moved up where another name is."""
    top, last = axis.get_ylim()[1], -1.0
    ends = sorted((points[-1][1] / top, points[-1][0], name, colour) for (name, points), colour in _coloured(panel))
    for height, x, name, colour in ends:
        last = max(height, last + APART)
        axis.annotate(
            name,
            (x, height * top),
            xytext=(6, (last - height) * axis.bbox.height * 72 / axis.figure.dpi),
            textcoords="offset points",
            color=colour,
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def _coloured(panel: Panel) -> Any:
    return zip(panel.lines.items(), COLOURS, strict=False)
