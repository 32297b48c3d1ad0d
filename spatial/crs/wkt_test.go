package crs

import (
	"errors"
	"math"
	"testing"
)

const (
	esriChina = `GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	esri4547  = `PROJCS["CGCS2000_3_Degree_GK_CM_114E",` + esriChina + `,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`
	ogc4526   = `PROJCS["CGCS2000 / 3-degree Gauss-Kruger zone 38",GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",114],PARAMETER["scale_factor",1],PARAMETER["false_easting",38500000],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Northing",NORTH],AXIS["Easting",EAST],AUTHORITY["EPSG","4526"]]`
	wkt2of47  = `PROJCRS["CGCS2000 / 3-degree Gauss-Kruger CM 114E",BASEGEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000",ELLIPSOID["CGCS2000",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4490]],CONVERSION["3-degree Gauss-Kruger CM 114E",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8801]],PARAMETER["Longitude of natural origin",114,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8802]],PARAMETER["Scale factor at natural origin",1,SCALEUNIT["unity",1],ID["EPSG",8805]],PARAMETER["False easting",500000,LENGTHUNIT["metre",1],ID["EPSG",8806]],PARAMETER["False northing",0,LENGTHUNIT["metre",1],ID["EPSG",8807]]],CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]],AXIS["easting (Y)",east,ORDER[2],LENGTHUNIT["metre",1]],ID["EPSG",4547]]`
	pseudo    = `PROJCS["WGS 84 / Pseudo-Mercator",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1],EXTENSION["PROJ4","+proj=merc"],AUTHORITY["EPSG","3857"]]`
	ownGrid   = `PROJCS["Local",` + esriChina + `,PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",50000.0],PARAMETER["False_Northing",10000.0],PARAMETER["Central_Meridian",114.35],PARAMETER["Scale_Factor",1.0001],PARAMETER["Latitude_Of_Origin",34.0],UNIT["Meter",1.0]]`
	inFeet    = `PROJCS["Feet",` + esriChina + `,PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",1640416.6666666667],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Foot_US",0.3048006096012192]]`
)

func TestAWellKnownTextNamesItsSystem(t *testing.T) {
	for text, want := range map[string]string{
		esriChina: "cgcs2000", esri4547: "epsg:4547", ogc4526: "epsg:4526", wkt2of47: "epsg:4547", pseudo: "epsg:3857",
		ownGrid: "city", inFeet: "city",
	} {
		s, err := ParseWKT(text)
		if err != nil || s.Name() != want {
			t.Errorf("%.50s…: %v %v, want %s", text, s, err, want)
		}
	}
}

func TestAGridOfAWellKnownTextLandsWherePROJPutsIt(t *testing.T) {
	// cs2cs -f %.6f EPSG:4490 +to +proj=tmerc +lat_0=34 +lon_0=114.35 +x_0=50000 +y_0=10000 +k=1.0001 +a=6378137 +rf=298.257222101
	const projX, projY, usFoot = 46073.707021, 98442.769367, 0.3048006096012192
	s, err := ParseWKT(ownGrid)
	if err != nil {
		t.Fatal(err)
	}
	if x, y := s.FromCGCS2000(114.3071, 34.7972); math.Hypot(x-projX, y-projY) > 1e-5 {
		t.Errorf("%.6f %.6f, PROJ has %.6f %.6f", x, y, projX, projY)
	}
	s, err = ParseWKT(inFeet)
	if err != nil {
		t.Fatal(err)
	}
	metres, _ := Parse("epsg:4547")
	mx, my := metres.FromCGCS2000(114.3071, 34.7972)
	if x, y := s.FromCGCS2000(114.3071, 34.7972); math.Hypot(x*usFoot-mx, y*usFoot-my) > 1e-6 {
		t.Errorf("%.6f %.6f feet, want %.6f %.6f m", x, y, mx, my)
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	systems := append(All(), Grid{TM: TM{Lon0: 114.35, X0: 50000, Y0: -3e6, K: 1.0001}})
	for _, s := range systems {
		text, ok := WKT(s)
		if shifted := s.Name() == "gcj02" || s.Name() == "bd09"; ok == shifted {
			t.Errorf("%s: described %v", s.Name(), ok)
		}
		if !ok {
			continue
		}
		back, err := ParseWKT(text)
		if err != nil {
			t.Errorf("%s: %v", s.Name(), err)
			continue
		}
		x, y := s.FromCGCS2000(114.3, 34.8)
		bx, by := back.FromCGCS2000(114.3, 34.8)
		if x != bx || y != by {
			t.Errorf("%s comes back as %s", s.Name(), back.Name())
		}
	}
	if _, ok := WKT(Grid{TM: TM{Lon0: 114}, Affine: [6]float64{1, 0, 5, 0, 1, 0}}); ok {
		t.Error("a grid with an affine map is described")
	}
}

func TestAWellKnownTextOfAnotherSystemIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		``:              ErrWKT,
		`hello`:         ErrWKT,
		`GEOGCS["x"`:    ErrWKT,
		`GEOGCS["x"]`:   ErrWKT,
		`LOCAL_CS["x"]`: ErrWKT,
		`GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`:          ErrUnknown,
		`GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`: ErrUnknown,
		`PROJCS["Albers",` + esriChina + `,PROJECTION["Albers"],PARAMETER["False_Easting",0.0],UNIT["Meter",1.0]]`:                                                ErrUnknown,
		`PROJCS["TM",` + esriChina + `,PROJECTION["Gauss_Kruger"],PARAMETER["Central_Meridian",400.0],UNIT["Meter",1.0]]`:                                         ErrWKT,
		`GEOGCS["P",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Paris",2.33],UNIT["Degree",0.0174532925199433]]`:                     ErrUnknown,
		`GEOGCS["G",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Grad",0.01570796326794897]]`:                   ErrUnknown,
	} {
		if s, err := ParseWKT(text); !errors.Is(err, want) {
			t.Errorf("%.40s: %v %v, want %v", text, s, err, want)
		}
	}
}

func FuzzParseWKT(f *testing.F) {
	for _, text := range []string{esriChina, esri4547, ogc4526, wkt2of47, pseudo, ownGrid, inFeet, `A[B[C[`, `A["""",1e999,b]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseWKT(text)
		if err != nil {
			if !errors.Is(err, ErrWKT) && !errors.Is(err, ErrUnknown) {
				t.Fatalf("%v is of no kind", err)
			}
			return
		}
		if lon, lat := s.ToCGCS2000(s.FromCGCS2000(114, 34)); math.Abs(lon) > 180 || math.Abs(lat) > 90 {
			t.Fatalf("%v: %g %g", s, lon, lat)
		}
	})
}
