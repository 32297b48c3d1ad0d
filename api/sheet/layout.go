package sheet

import (
	"fmt"
	"math"
)

// Sizes of letters on a sheet of 1600 × 1200.
const (
	titleSize  = 42
	pickedSize = 23
	legendSize = 21
	footSize   = 17
	nameSize   = 20
	leading    = 1.45 // of lines, in sizes
)

// layout is where things are, in pixels.
type layout struct {
	margin        float64
	picked, foot  []string
	title         []string
	map0, map1    [2]float64 // corners of the map's frame
	legend        [2]float64
	legendWidth   float64
	footTop       float64
	below         bool // the legend is below the map
	classesInARow int
}

// layOut gives head and foot what they need, and the map the rest.
func (s *Sheet) layOut(c *canvas) *layout {
	w, h := float64(s.Width), float64(s.Height)
	l := &layout{margin: c.size(48)}
	inner := w - 2*l.margin
	l.title = c.bold.wrap([]string{s.Title}, inner/c.letters(titleSize))
	l.picked = c.regular.wrap(s.Picked, inner/c.letters(pickedSize))
	l.foot = c.regular.wrap(s.Footer, inner/c.letters(footSize))
	top := l.margin + float64(len(l.title))*c.letters(titleSize)*1.3 + float64(len(l.picked))*c.letters(pickedSize)*leading + c.size(16)
	l.footTop = h - l.margin*0.8 - float64(len(l.foot))*c.letters(footSize)*leading
	bottom := l.footTop - c.size(26)
	l.below = h > w
	gap := c.size(28)
	l.map0 = [2]float64{l.margin, top}
	if !l.below {
		l.legendWidth = s.legendWide(c)
		l.legend = [2]float64{w - l.margin - l.legendWidth, top}
		l.map1 = [2]float64{l.legend[0] - gap, bottom}
	} else {
		l.legendWidth = inner
		if len(s.Legend.Columns) > 0 {
			one := 2.2*c.letters(legendSize) + s.columnWide(c, 0) + c.size(40)
			l.classesInARow = max(1, min(len(s.Legend.Classes), int(inner/one)))
		}
		rows := (len(s.Legend.Classes)+l.classesInARow-1)/max(1, l.classesInARow) + 3 + len(c.regular.wrap(s.Legend.Notes, inner/c.letters(legendSize)))
		l.legend = [2]float64{l.margin, bottom - float64(rows)*c.letters(legendSize)*1.6}
		l.map1 = [2]float64{w - l.margin, l.legend[1] - gap}
	}
	// A sheet that is all head and foot still has a map.
	least := 0.25 * h
	if l.map1[1]-l.map0[1] < least {
		l.map1[1] = min(l.map0[1]+least, h-l.margin)
	}
	for i := range l.map0 {
		l.map0[i], l.map1[i] = math.Round(l.map0[i]), math.Round(l.map1[i])
	}
	return l
}

// classWide is how wide a class is: its colour and its numbers.
func (s *Sheet) classWide(c *canvas) float64 {
	size := c.letters(legendSize)
	sum := 2.4 * size
	for i := range s.Legend.Columns {
		sum += s.columnWide(c, i) + size
	}
	return sum
}

// columnWide is the width of the widest text of a column.
func (s *Sheet) columnWide(c *canvas, i int) float64 {
	widest := c.regular.width(s.Legend.Columns[i])
	for _, k := range s.Legend.Classes {
		widest = max(widest, c.regular.width(k.Texts[i]))
	}
	return widest * c.letters(legendSize)
}

// legendWide is how wide a legend beside the map is, at most a third of the sheet.
func (s *Sheet) legendWide(c *canvas) float64 {
	title := c.bold.width(s.Legend.Title) * c.letters(legendSize)
	return min(max(s.classWide(c), min(title, c.size(340))), float64(s.Width)/3)
}

func (s *Sheet) head(c *canvas, l *layout) {
	y := l.margin
	for _, line := range l.title {
		size := c.letters(titleSize)
		c.text(c.bold, l.margin, y+size, size, line, ink, 0)
		y += size * 1.3
	}
	for _, line := range l.picked {
		size := c.letters(pickedSize)
		y += size * leading
		c.text(c.regular, l.margin, y-size*0.3, size, line, faint, 0)
	}
}

func (s *Sheet) foot(c *canvas, l *layout) {
	c.box(l.margin, l.footTop-c.size(10), float64(s.Width)-l.margin, l.footTop-c.size(10)+1, rule)
	size := c.letters(footSize)
	y := l.footTop
	for _, line := range l.foot {
		y += size * leading
		c.text(c.regular, l.margin, y-size*0.35, size, line, faint, 0)
	}
}

// legend draws the classes, the highest first beside the map, the lowest first below.
func (s *Sheet) legend(c *canvas, l *layout) {
	size := c.letters(legendSize)
	x, y := l.legend[0], l.legend[1]
	title := s.Legend.Title
	if l.below && len(s.Legend.Columns) > 0 { // whose numbers are those of the classes
		title += " · " + s.Legend.Columns[0]
	}
	titleLines := c.bold.wrap([]string{title}, l.legendWidth/size)
	for _, line := range titleLines {
		y += size * 1.35
		c.text(c.bold, x, y-size*0.35, size, line, ink, 0)
	}
	if l.below {
		s.classesBelow(c, l, y)
		return
	}
	y += size * 0.4
	right := x + 2.4*size
	columns := make([]float64, len(s.Legend.Columns)) // where they end
	for i, text := range s.Legend.Columns {
		right += s.columnWide(c, i)
		columns[i] = right
		c.text(c.regular, right-c.regular.width(text)*size, y+size, size, text, faint, 0)
		right += size
	}
	y += size * 1.6
	for i := len(s.Legend.Classes) - 1; i >= 0; i-- {
		k := &s.Legend.Classes[i]
		c.box(x, y, x+2*size, y+size*1.55, k.Colour)
		for j, text := range k.Texts {
			c.text(c.regular, columns[j]-c.regular.width(text)*size, y+size*1.12, size, text, ink, 0)
		}
		y += size * 1.55
	}
	c.frame(x, y-float64(len(s.Legend.Classes))*size*1.55, x+2*size, y, 1, rule)
	y += size * 0.8
	y = s.lineSamples(c, x, y)
	for _, line := range c.regular.wrap(s.Legend.Notes, l.legendWidth/size) {
		y += size * leading
		if y < l.map1[1] {
			c.text(c.regular, x, y-size*0.2, size, line, faint, 0)
		}
	}
}

// classesBelow draws the classes in rows.
func (s *Sheet) classesBelow(c *canvas, l *layout, y float64) {
	size := c.letters(legendSize)
	wide := l.legendWidth / float64(l.classesInARow)
	for i := range s.Legend.Classes {
		k := &s.Legend.Classes[i]
		x := l.legend[0] + float64(i%l.classesInARow)*wide
		top := y + float64(i/l.classesInARow)*size*1.6 + size*0.3
		c.box(x, top, x+1.8*size, top+size*1.2, k.Colour)
		c.frame(x, top, x+1.8*size, top+size*1.2, 1, rule)
		c.text(c.regular, x+2.2*size, top+size, size, k.Texts[0], ink, 0)
	}
	y += float64((len(s.Legend.Classes)+l.classesInARow-1)/max(1, l.classesInARow))*size*1.6 + size*0.6
	x := l.legend[0]
	for i := range s.Map.Lines {
		if one := &s.Map.Lines[i]; one.Name != "" {
			s.lineSample(c, x, y, one)
			x += (3.4 + c.regular.width(one.Name)) * size
		}
	}
	y += size * 1.6
	for _, line := range c.regular.wrap(s.Legend.Notes, l.legendWidth/size) {
		y += size * leading
		c.text(c.regular, l.legend[0], y-size*0.2, size, line, faint, 0)
	}
}

// lineSamples draws the borders that have a name, and returns where it ended.
func (s *Sheet) lineSamples(c *canvas, x, y float64) float64 {
	for i := range s.Map.Lines {
		if one := &s.Map.Lines[i]; one.Name != "" {
			s.lineSample(c, x, y, one)
			y += c.letters(legendSize) * 1.6
		}
	}
	return y
}

// lineSample draws one, on the middle colour, on which white lines are seen.
func (s *Sheet) lineSample(c *canvas, x, y float64, one *Lines) {
	size := c.letters(legendSize)
	under := land
	if n := len(s.Legend.Classes); n > 0 {
		under = s.Legend.Classes[n/2].Colour
	}
	c.box(x, y, x+2*size, y+size*1.3, under)
	c.z.Reset(int(2*size), int(size*1.3))
	stroke(c.z, 0, size*0.65, 2*size, size*0.65, max(1, c.size(one.Width)))
	c.paintAt(x, y, int(2*size), int(size*1.3), one.Colour)
	c.frame(x, y, x+2*size, y+size*1.3, 1, rule)
	c.text(c.regular, x+2.4*size, y+size, size, one.Name, ink, 0)
}

// figure writes a number with commas between thousands.
func figure(v float64) string {
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
