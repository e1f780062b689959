"""Pictures of a project by QGIS itself: run by the Python that QGIS is installed for, with no display.

``qgis_pictures.py PROJECT OUT X Y SCALE ...`` writes OUT/SCALE.png, and OUT/SCALE-bare.png without layers of points.
What it read it prints as JSON.
"""

import json
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

#: Of a picture, in pixels, 96 of which are an inch.
WIDTH, HEIGHT, DPI = 1000, 700, 96


def draw(layers, crs, centre, scale, path):
    """Draw layers around a centre."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(crs)
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setOutputDpi(DPI)
    settings.setBackgroundColor(QColor("white"))
    half = [pixels / DPI * 0.0254 * scale / 2 for pixels in (WIDTH, HEIGHT)]
    x, y = centre
    settings.setExtent(QgsRectangle(x - half[0], y - half[1], x + half[0], y + half[1]))
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.globalScope())
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    assert job.renderedImage().save(str(path))
    return [error.message for error in job.errors()]


def main(source, out, x, y, *scales):
    """Open a project, and draw it as it opens."""
    project = QgsProject.instance()
    read, root = project.read(source), project.layerTreeRoot()
    layers = [layer for layer in root.layerOrder() if root.findLayer(layer).isVisible()]
    bare = [layer for layer in layers if layer.geometryType() != QgsWkbTypes.PointGeometry]
    centre, faults = (float(x), float(y)), []
    for scale in map(int, scales):
        faults += draw(layers, project.crs(), centre, scale, Path(out) / f"{scale}.png")
        faults += draw(bare, project.crs(), centre, scale, Path(out) / f"{scale}-bare.png")
    invalid = [layer.id() for layer in project.mapLayers().values() if not layer.isValid()]
    ids = [layer.id() for layer in layers]
    print(json.dumps({"read": read, "crs": project.crs().authid(), "invalid": invalid, "shown": ids, "faults": faults}))


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    main(*sys.argv[1:])
    application.exitQgis()
