package crs

// lonLat is CGCS2000 itself, under its own name or that of WGS 84.
type lonLat struct{ name string }

func (s lonLat) Name() string   { return s.name }
func (lonLat) Geographic() bool { return true }

func (lonLat) ToCGCS2000(x, y float64) (lon, lat float64)   { return x, y }
func (lonLat) FromCGCS2000(lon, lat float64) (x, y float64) { return lon, lat }

func (s lonLat) Check(x, y float64) error { return checkDegrees(s.name, x, y, 90) }
