# Reads vector tiles with GDAL's MVT driver and says all that is in them. URLs
# come on standard input, one a line; one line of JSON goes out for each, in
# order: {layer: [{id, properties, wkb}]}, geometry as GDAL places it on the
# ground, in metres of EPSG:3857.
import json
import sys

from osgeo import gdal

gdal.UseExceptions()
gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")


def describe(feature):
    properties, number = {}, None
    for i in range(feature.GetFieldCount()):
        if not feature.IsFieldSetAndNotNull(i):
            continue
        name = feature.GetFieldDefnRef(i).GetName()
        if name == "mvt_id":
            number = feature.GetFieldAsInteger64(i)
        else:
            properties[name] = feature.GetField(i)
    geometry = feature.GetGeometryRef()
    return {"id": number, "properties": properties, "wkb": bytes(geometry.ExportToWkb()).hex()}


for line in sys.stdin:
    tile = gdal.OpenEx("MVT:" + line.strip(), gdal.OF_VECTOR, open_options=["CLIP=NO"])
    layers = [tile.GetLayer(i) for i in range(tile.GetLayerCount())]
    print(json.dumps({layer.GetName(): [describe(f) for f in layer] for layer in layers}), flush=True)
