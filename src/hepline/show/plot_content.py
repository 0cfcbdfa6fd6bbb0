"""What planes, profiles and systematic variations show: plain numbers, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.arrays import Floats
from hepline.errors import OutputError

__all__ = ["PlaneContent", "ProfileContent", "ProfileSeries", "SystematicContent"]


@dataclass(frozen=True, eq=False)
class PlaneContent:
    """A histogram of two quantities, of one sample or of data.

    Attributes
    ----------
    name : str
        Unique among the plots of a report.
    x_label, y_label : str
        Quantities with their units in square brackets.
    x_edges, y_edges : ndarray, shape (x bin + 1,), (y bin + 1,)
    values : ndarray, shape (x bin, y bin)
        Events, or another quantity, without flow; NaN is left blank.
    errors : ndarray, shape (x bin, y bin), or None
        Written beside the values where these are written.
    z_label : str
        Of the color bar.
    region, sample : str
        Labels; may hold mathtext.
    log : bool
        Colors follow the logarithm.
    conditions : str
        Luminosity and energy where they are not those of the report: of one era.
    """

    name: str
    x_label: str
    y_label: str
    x_edges: Floats
    y_edges: Floats
    values: Floats
    errors: Floats | None = None
    z_label: str = "Events"
    region: str = ""
    sample: str = ""
    log: bool = False
    conditions: str = ""

    def __post_init__(self) -> None:
        shape = (len(self.x_edges) - 1, len(self.y_edges) - 1)
        for what, values in (("values", self.values), ("errors", self.errors)):
            if values is not None and values.shape != shape:
                raise OutputError(
                    f"the {what} of plot '{self.name}' have the shape {values.shape}.",
                    why=f"its edges enclose {shape[0]} × {shape[1]} bins.",
                    fix="give an array of shape (x bin, y bin), without flow.",
                )

    def numbers(self) -> dict[str, object]:
        """Write down everything that is drawn, for the file beside the figure."""
        return {
            "region": self.region,
            "sample": self.sample,
            "x": self.x_label,
            "y": self.y_label,
            "x_edges": self.x_edges,
            "y_edges": self.y_edges,
            "values": self.values,
            "errors": self.errors,
        }


@dataclass(frozen=True, eq=False)
class ProfileSeries:
    """Means of one quantity in bins of another, of one sample.

    Attributes
    ----------
    name, label : str
        Key, and what the legend says.
    means, errors : ndarray, shape (bin,)
        Mean and its standard deviation; NaN for a bin without events.
    is_data : bool
        Drawn as points of data.
    color : str or None
    """

    name: str
    label: str
    means: Floats
    errors: Floats
    is_data: bool = False
    color: str | None = None


@dataclass(frozen=True, eq=False)
class ProfileContent:
    """A profile: means of a quantity against another.

    Attributes
    ----------
    name : str
        Unique among the plots of a report.
    x_label, y_label : str
        Quantities with their units in square brackets; the mean is of the second.
    edges : ndarray, shape (bin + 1,)
    series : tuple of ProfileSeries
    region : str
        Label; may hold mathtext.
    """

    name: str
    x_label: str
    y_label: str
    edges: Floats
    series: tuple[ProfileSeries, ...]
    region: str = ""

    def __post_init__(self) -> None:
        for series in self.series:
            if not len(series.means) == len(series.errors) == len(self.edges) - 1:
                raise OutputError(
                    f"'{series.name}' of profile '{self.name}' has {len(series.means)} means.",
                    why=f"there are {len(self.edges) - 1} bins.",
                    fix="give a mean and an error for each bin, without flow.",
                )

    def numbers(self) -> dict[str, object]:
        """Write down everything that is drawn, for the file beside the figure."""
        return {
            "region": self.region,
            "x": self.x_label,
            "y": self.y_label,
            "edges": self.edges,
            "series": [
                {
                    "name": series.name,
                    "label": series.label,
                    "means": series.means,
                    "errors": series.errors,
                }
                for series in self.series
            ],
        }


@dataclass(frozen=True, eq=False)
class SystematicContent:
    """What a systematic uncertainty does to a sample, or to the sum of samples, before the fit.

    Attributes
    ----------
    name : str
        Unique among the plots of a report.
    nuisance : str
        Name of the nuisance parameter.
    axis_label : str
        Quantity with its unit in square brackets.
    edges : ndarray, shape (bin + 1,)
    nominal, up : ndarray, shape (bin,)
        Events.
    down : ndarray, shape (bin,), or None
        None for a one-sided variation before it is symmetrized.
    errors : ndarray, shape (bin,), or None
        Statistical standard deviation of the nominal events.
    region, sample : str
        Labels; may hold mathtext.
    per : str
        What events are counted in, see `StackLook`.
    """

    name: str
    nuisance: str
    axis_label: str
    edges: Floats
    nominal: Floats
    up: Floats
    down: Floats | None = None
    errors: Floats | None = None
    region: str = ""
    sample: str = ""
    per: str = ""

    def __post_init__(self) -> None:
        parts = {"nominal": self.nominal, "up": self.up, "down": self.down, "errors": self.errors}
        for what, values in parts.items():
            if values is not None and len(values) != len(self.edges) - 1:
                raise OutputError(
                    f"'{what}' of '{self.nuisance}' in plot '{self.name}' has {len(values)} bins.",
                    why=f"its edges enclose {len(self.edges) - 1}.",
                    fix="give events without flow.",
                )

    def numbers(self) -> dict[str, object]:
        """Write down everything that is drawn, for the file beside the figure."""
        return {
            "region": self.region,
            "sample": self.sample,
            "nuisance": self.nuisance,
            "axis": self.axis_label,
            "edges": self.edges,
            "nominal": self.nominal,
            "errors": self.errors,
            "up": self.up,
            "down": self.down,
        }
