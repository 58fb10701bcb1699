"""From a planner's file to shapes in WGS84: sniffed, read, reprojected, or refused with what to do about it."""

from layers.importing.geojson import LayerFile, read_layer
from layers.importing.refusing import Refused

__all__ = ["LayerFile", "Refused", "read_layer"]
