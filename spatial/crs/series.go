package crs

// Clenshaw's summation of the sine series in ellipsoid.go. Products are rounded
// before they are added (float64(a*b)+c): some processors would fuse the two and
// answer with another last bit.

// doubleAngle holds sin 2ξ, cos 2ξ, sinh 2η and cosh 2η of a point ξ+iη.
type doubleAngle struct{ sin, cos, sinh, cosh float64 }

// realSineSeries is Σ c[j]·sin 2(j+1)x, given sin 2x and cos 2x.
func realSineSeries(c *[6]float64, sin2, cos2 float64) float64 {
	twice := 2 * cos2
	var b1, b2 float64
	for j := len(c) - 1; j >= 0; j-- {
		b1, b2 = c[j]+float64(twice*b1)-b2, b1
	}
	return float64(b1 * sin2)
}

// sineSeries is Σ c[j]·sin 2(j+1)ζ for ζ = ξ+iη, real and imaginary part.
func sineSeries(c *[6]float64, a doubleAngle) (xi, eta float64) {
	re, im, _, _ := clenshaw(c, a, false)
	sinRe, sinIm := float64(a.sin*a.cosh), float64(a.cos*a.sinh)
	return float64(re*sinRe) - float64(im*sinIm), float64(re*sinIm) + float64(im*sinRe)
}

// cosineSeries is Σ 2(j+1)·c[j]·cos 2(j+1)ζ, the derivative of sineSeries.
func cosineSeries(c *[6]float64, a doubleAngle) (re, im float64) {
	b1Re, b1Im, b2Re, b2Im := clenshaw(c, a, true)
	cosRe, cosIm := float64(a.cos*a.cosh), -float64(a.sin*a.sinh)
	return float64(b1Re*cosRe) - float64(b1Im*cosIm) - b2Re,
		float64(b1Re*cosIm) + float64(b1Im*cosRe) - b2Im
}

// clenshaw runs the recurrence b(j) = c(j) + 2cos 2ζ·b(j+1) − b(j+2) and returns
// the last two terms; differentiate weights c(j) by 2j.
func clenshaw(c *[6]float64, a doubleAngle, differentiate bool) (b1Re, b1Im, b2Re, b2Im float64) {
	re, im := 2*float64(a.cos*a.cosh), -2*float64(a.sin*a.sinh)
	for j := len(c) - 1; j >= 0; j-- {
		term := c[j]
		if differentiate {
			term = float64(term * float64(2*(j+1)))
		}
		nextRe := term + (float64(re*b1Re) - float64(im*b1Im)) - b2Re
		nextIm := (float64(re*b1Im) + float64(im*b1Re)) - b2Im
		b1Re, b1Im, b2Re, b2Im = nextRe, nextIm, b1Re, b1Im
	}
	return b1Re, b1Im, b2Re, b2Im
}
