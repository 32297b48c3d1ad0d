package crs

import "math"

// The CGCS2000 ellipsoid (GB 22021). WGS 84's differs by 0.1 mm in b.
const (
	semiMajorM     = 6378137.0
	flattening     = 1 / 298.257222101
	eccentricitySq = flattening * (2 - flattening)
	degree         = math.Pi / 180
)

// The third flattening and its powers: every series below runs in it. These are
// constants of arbitrary precision, so the coefficients are rounded once.
const (
	n1 = flattening / (2 - flattening)
	n2 = n1 * n1
	n3 = n2 * n1
	n4 = n3 * n1
	n5 = n4 * n1
	n6 = n5 * n1
)

// rectifyingRadiusM turns the rectifying latitude into metres along a meridian.
const rectifyingRadiusM = semiMajorM / (1 + n1) * (1 + n2/4 + n4/64 + n6/256)

// Sine series to n⁶, the first term left out being below 4e-20·j. Source:
// C. Karney, Transverse Mercator with an accuracy of a few nanometers,
// J. Geodesy 85 (2011), equations 35 and 36, after Krüger 1912; the latitudes:
// the same author, On auxiliary latitudes (2023), appendix A.
var (
	// fromConformal gives the plane from the conformal sphere (Krüger's α).
	fromConformal = [6]float64{
		n1/2 - n2*2/3 + n3*5/16 + n4*41/180 - n5*127/288 + n6*7891/37800,
		n2*13/48 - n3*3/5 + n4*557/1440 + n5*281/630 - n6*1983433/1935360,
		n3*61/240 - n4*103/140 + n5*15061/26880 + n6*167603/181440,
		n4*49561/161280 - n5*179/168 + n6*6601661/7257600,
		n5*34729/80640 - n6*3418889/1995840,
		n6 * 212378941 / 319334400,
	}
	// toConformal is to be taken away from the plane (Krüger's β).
	toConformal = [6]float64{
		n1/2 - n2*2/3 + n3*37/96 - n4/360 - n5*81/512 + n6*96199/604800,
		n2/48 + n3/15 - n4*437/1440 + n5*46/105 - n6*1118711/3870720,
		n3*17/480 - n4*37/840 - n5*209/4480 + n6*5569/90720,
		n4*4397/161280 - n5*11/504 - n6*830251/7257600,
		n5*4583/161280 - n6*108847/3991680,
		n6 * 20648693 / 638668800,
	}
	// conformalLat is conformal minus geographic latitude, at the geographic.
	conformalLat = [6]float64{
		-n1*2 + n2*2/3 + n3*4/3 - n4*82/45 + n5*32/45 + n6*4642/4725,
		n2*5/3 - n3*16/15 - n4*13/9 + n5*904/315 - n6*1522/945,
		-n3*26/15 + n4*34/21 + n5*8/5 - n6*12686/2835,
		n4*1237/630 - n5*12/5 - n6*24832/14175,
		-n5*734/315 + n6*109598/31185,
		n6 * 444337 / 155925,
	}
	// geographicLat is geographic minus conformal latitude, at the conformal.
	geographicLat = [6]float64{
		n1*2 - n2*2/3 - n3*2 + n4*116/45 + n5*26/45 - n6*2854/675,
		n2*7/3 - n3*8/5 - n4*227/45 + n5*2704/315 + n6*2323/945,
		n3*56/15 - n4*136/35 - n5*1262/105 + n6*73814/2835,
		n4*4279/630 - n5*332/35 - n6*399572/14175,
		n5*4174/315 - n6*144838/6237,
		n6 * 601676 / 22275,
	}
)

// MetresPerDegree gives the length of one degree of longitude and of latitude on
// the ellipsoid at a latitude in degrees: the scale for small local shifts, true
// to first order. For lengths above some hundreds of metres use a [LocalPlane].
func MetresPerDegree(lat float64) (perLon, perLat float64) {
	sin, cos := sinCosPi(lat / 180)
	w := 1 - float64(eccentricitySq*float64(sin*sin))
	primeVertical := semiMajorM / math.Sqrt(w)
	return degree * float64(primeVertical*cos), degree * float64(primeVertical*(1-eccentricitySq)) / w
}
