"""Relations between objects: angles, distances, matches, frames of reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hepline.columns.expression import Expr, common_origin
from hepline.columns.frames import boost, rest_frame
from hepline.columns.matching import apart, checked_objects, is_match, is_near, place_of_nearest
from hepline.columns.objects import Objects
from hepline.errors import checked_keywords
from hepline.physics import angles

if TYPE_CHECKING:
    from hepline.columns.records import Records

__all__ = ["Related"]


class Related(Objects):
    """Objects with directions and momenta.

    Either side may be a list, if both pair one to one, or one object per event.
    """

    def delta_phi(self, other: Records) -> Expr:
        """Difference φ − φ' of the azimuths in (−π, π]."""
        return apart(angles.delta_phi, ("phi",), self, checked_objects(other, "delta_phi()"))

    def delta_r(self, other: Records) -> Expr:
        """Distance √(Δη² + Δφ²) to the object at the same place of `other`, or to a single one."""
        return apart(angles.delta_r, ("eta", "phi"), self, checked_objects(other, "delta_r()"))

    def near(self, other: Records, distance: float) -> Expr:
        """Whether any of `other` (a list, or one object per event) is closer in ΔR.

        Parameters
        ----------
        other : Records
        distance : float

        Returns
        -------
        Expr of bool
            One for each object; false where there is no other.
        """
        near = is_near(self, checked_objects(other, "near()"), distance)
        return Expr(near, common_origin(self, other))

    @checked_keywords
    def nearest(self, other: Records, *, within: float | None = None) -> Records:
        """For each object, the one of `other` with the smallest ΔR.

        Parameters
        ----------
        other : Records
            A list, or one object per event.
        within : float, optional
            Missing where the smallest ΔR is not below this.

        Returns
        -------
        Records
            As many as these objects; missing where there is no other.
        """
        objects, origin = checked_objects(other, "nearest()"), common_origin(self, other)
        if not objects.fields.axes:
            return objects._mask(is_match(self, objects, within), origin)
        return objects._at(place_of_nearest(self, objects, within), True, origin, anew=False)

    @checked_keywords
    def match(self, other: Records, *, within: float = 0.4) -> Records:
        """For each object, the nearest of `other` if it is closer than `within` in ΔR."""
        return self.nearest(other, within=within)

    def boost(self, by: Records | tuple[Expr | float, Expr | float, Expr | float]) -> Records:
        """Boost the objects; ``p.boost(q)`` gives a particle at rest the velocity of `q`.

        Parameters
        ----------
        by : Records or three of Expr or number
            Objects whose velocity to use, or the velocity along x, y and z in units of the speed of
            light.
        """
        return boost(self, by)

    def to_rest_frame(self, of: Records) -> Records:
        """Transform the objects to the rest frame of `of`, which must have a mass."""
        return rest_frame(self, checked_objects(of, "to_rest_frame()"))
