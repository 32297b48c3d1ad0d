package crs

import "math"

// Elementary functions with the same bits on every processor. math.Sin and its
// kin are assembly on some processors and on others compiled with fused
// multiply-add, so their last bit differs; here every product is rounded before
// it is added. They cover only the ranges this package needs, and they take
// 5 to 8 ns, a little less than package math's. The polynomials of sine and cosine and of
// the logarithm are those of FreeBSD's msun (Sun Microsystems 1993), that of the
// arctangent is Cephes's (S. L. Moshier 1989), as in Go's own package math.

// sinCosPi gives sin πx and cos πx within 1e-16, NaN from |x| = 2⁴⁰ on. Reducing
// in half turns is exact, which reducing radians is not.
func sinCosPi(x float64) (sin, cos float64) {
	if !(math.Abs(x) < 1<<40) {
		return math.NaN(), math.NaN()
	}
	quarter := math.RoundToEven(2 * x)
	t := float64(math.Pi * (x - float64(quarter/2))) // within ±π/4
	sin, cos = sinKernel(t), cosKernel(t)
	switch int64(quarter) & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}

// sinPi is the sine alone: half the work where GCJ-02 asks for seven of them.
func sinPi(x float64) float64 {
	if !(math.Abs(x) < 1<<40) {
		return math.NaN()
	}
	quarter := math.RoundToEven(2 * x)
	t := float64(math.Pi * (x - float64(quarter/2)))
	switch int64(quarter) & 3 {
	case 0:
		return sinKernel(t)
	case 1:
		return cosKernel(t)
	case 2:
		return -sinKernel(t)
	}
	return -cosKernel(t)
}

func sinKernel(t float64) float64 {
	z := float64(t * t)
	p := 1.58969099521155010221e-10
	p = float64(p*z) - 2.50507602534068634195e-08
	p = float64(p*z) + 2.75573137070700676789e-06
	p = float64(p*z) - 1.98412698298579493134e-04
	p = float64(p*z) + 8.33333333332248946124e-03
	p = float64(p*z) - 1.66666666666666324348e-01
	return t + float64(t*float64(z*p))
}

func cosKernel(t float64) float64 {
	z := float64(t * t)
	p := -1.13596475577881948265e-11
	p = float64(p*z) + 2.08757232129817482790e-09
	p = float64(p*z) - 2.75573143513906633035e-07
	p = float64(p*z) + 2.48015872894767294178e-05
	p = float64(p*z) - 1.38888888888741095749e-03
	p = float64(p*z) + 4.16666666666666019037e-02
	half := float64(z / 2)
	w := 1 - half
	return w + (((1 - w) - half) + float64(z*float64(z*p)))
}

// atan2 is the angle of (x, y) in radians within 3e-16; atan2(0, 0) is 0.
func atan2(y, x float64) float64 {
	switch {
	case x > 0:
		return atan(y / x)
	case x < 0 && y >= 0:
		return math.Pi + atan(y/x)
	case x < 0:
		return atan(y/x) - math.Pi
	case x == 0 && y != 0:
		return math.Copysign(math.Pi/2, y)
	case x == 0:
		return 0
	}
	return math.NaN()
}

func atan(x float64) float64 {
	const (
		tan3Pi8      = 2.41421356237309504880
		restOfHalfPi = 6.123233995736765886130e-17 // π/2 less its nearest float64
	)
	a := math.Abs(x)
	switch {
	case a <= 0.66:
		return atanKernel(x)
	case a > tan3Pi8:
		a = math.Pi/2 - atanKernel(1/a) + restOfHalfPi
	default:
		a = math.Pi/4 + atanKernel((a-1)/(a+1)) + restOfHalfPi/2
	}
	return math.Copysign(a, x)
}

func atanKernel(x float64) float64 {
	z := float64(x * x)
	p := -8.750608600031904122785e-01
	p = float64(p*z) - 1.615753718733365076637e+01
	p = float64(p*z) - 7.500855792314704667340e+01
	p = float64(p*z) - 1.228866684490136173410e+02
	p = float64(p*z) - 6.485021904942025371773e+01
	q := z + 2.485846490142306297962e+01
	q = float64(q*z) + 1.650270098316988542046e+02
	q = float64(q*z) + 4.328810604912902668951e+02
	q = float64(q*z) + 4.853903996359136964868e+02
	q = float64(q*z) + 1.945506571482613964425e+02
	return x + float64(x*(float64(z*p)/q))
}

// atanh is accurate to a few parts in 1e16 for |x| up to 0.998, the sine of the
// highest latitude Web Mercator shows; NaN beyond ±1.
func atanh(x float64) float64 {
	const (
		direct     = 0.1716 // where the polynomial holds
		maxHalving = 64
	)
	double := 1.0
	for range maxHalving {
		if !(math.Abs(x) > direct) {
			break
		}
		x /= 1 + math.Sqrt(float64((1-x)*(1+x))) // tanh η becomes tanh η/2
		double *= 2
	}
	z := float64(x * x)
	p := 1.479819860511658591e-01
	p = float64(p*z) + 1.531383769920937332e-01
	p = float64(p*z) + 1.818357216161805012e-01
	p = float64(p*z) + 2.222219843214978396e-01
	p = float64(p*z) + 2.857142874366239149e-01
	p = float64(p*z) + 3.999999999940941908e-01
	p = float64(p*z) + 6.666666666666735130e-01
	return float64(double * (x + float64(x*float64(z*p)/2)))
}

// sinhCosh is Taylor's series to x¹⁷: relative error below 2e-18 for |x| up to
// maxEta, the only range it is called for.
func sinhCosh(x float64) (sinh, cosh float64) {
	z := float64(x * x)
	p := 1.0 / 355687428096000 // 17!
	p = float64(p*z) + 1.0/1307674368000
	p = float64(p*z) + 1.0/6227020800
	p = float64(p*z) + 1.0/39916800
	p = float64(p*z) + 1.0/362880
	p = float64(p*z) + 1.0/5040
	p = float64(p*z) + 1.0/120
	p = float64(p*z) + 1.0/6
	sinh = x + float64(x*float64(z*p))
	return sinh, math.Sqrt(1 + float64(sinh*sinh))
}

// hypot needs no care for overflow: its arguments are of the order of 1.
func hypot(x, y float64) float64 { return math.Sqrt(float64(x*x) + float64(y*y)) }

// turn adds a small angle to one given by sine and cosine: error below 1e-20 for
// angles below 0.004, the largest step in this package.
func turn(sin, cos, angle float64) (turnedSin, turnedCos float64) {
	z := float64(angle * angle)
	s := float64(angle * (1 - float64(z/6*(1-z/20))))
	c1 := -float64(z / 2 * (1 - z/12)) // cosine less 1
	return sin + (float64(sin*c1) + float64(cos*s)), cos + (float64(cos*c1) - float64(sin*s))
}

// stepSinh is turn for the hyperbolic angle.
func stepSinh(sinh, cosh, step float64) float64 {
	z := float64(step * step)
	s := float64(step * (1 + float64(z/6*(1+z/20))))
	c1 := float64(z / 2 * (1 + z/12))
	return sinh + (float64(sinh*c1) + float64(cosh*s))
}
