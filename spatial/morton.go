package spatial

import "math/bits"

// keyed is a point's place along the curve and its index.
type keyed struct {
	key   uint64
	index int32
}

// MortonKey interleaves the bits of a position, which sorts it along a Z of Zs: keys
// of neighbours begin alike.
func MortonKey(c Coord) uint64 {
	spread := func(v int32) uint64 {
		x := uint64(uint32(v) ^ 1<<31)
		x = (x | x<<16) & 0x0000ffff0000ffff
		x = (x | x<<8) & 0x00ff00ff00ff00ff
		x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
		x = (x | x<<2) & 0x3333333333333333
		return (x | x<<1) & 0x5555555555555555
	}
	return spread(c.Y)<<1 | spread(c.X)
}

// Bits of one digit of the sort: 2,048 places to write to are what the first
// level of the cache and its page table hold. Few points take narrower digits,
// whose counts cost no more than the points.
const (
	mostDigitBits  = 11
	leastDigitBits = 4
)

// mortonOrder sorts the points by their keys, then by index: digit by digit
// from the lowest, each pass keeping the order of the last. The points of one
// city differ in some 45 of 64 bits; only these are sorted by: the index
// of 200,000 points takes 6 ms, with a comparing sort 25.
func mortonOrder(points []Coord) []keyed {
	order, next := make([]keyed, len(points)), make([]keyed, len(points))
	var differ uint64
	for i, c := range points {
		k := MortonKey(c)
		order[i] = keyed{k, int32(i)}
		differ |= k ^ order[0].key
	}
	width := bits.Len64(differ)
	digit := min(max(bits.Len(uint(len(points))), leastDigitBits), mostDigitBits)
	passes := (width + digit - 1) / digit
	if passes == 0 {
		return order
	}
	digit = (width + passes - 1) / passes // as even as may be
	for shift := 0; shift < width; shift += digit {
		sortDigit(next, order, uint(shift), uint(digit))
		order, next = next, order
	}
	return order
}

// sortDigit writes the elements of from to into in the order of one digit.
func sortDigit(into, from []keyed, shift, digit uint) {
	var starts [1 << mostDigitBits]uint32
	mask := uint64(1)<<digit - 1
	for i := range from {
		starts[from[i].key>>shift&mask]++
	}
	sum := uint32(0)
	for d := range starts[:mask+1] {
		starts[d], sum = sum, sum+starts[d]
	}
	for _, k := range from {
		at := &starts[k.key>>shift&mask]
		into[*at] = k
		*at++
	}
}
