package tiler

import (
	"math"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Tile is what a vector tile says, with nothing left out: [Decode] makes one
// of any writer's bytes, [Tile.Append] writes it again. Tiles to be served are
// made by [Encode], without such a model in between.
type Tile struct {
	Layers []TileLayer
	// Extra holds fields that the specification does not know, encoded.
	Extra []byte
}

// TileLayer is one layer of a tile. Keys and Values are the tables that the
// features' tags count into.
type TileLayer struct {
	Version  uint32 // 1 or 2
	Name     string
	Extent   uint32 // units along a side, more than 0; 4096 where none was given
	Keys     []string
	Values   []Value
	Features []TileFeature
	Extra    []byte
}

// TileFeature is one feature of a layer.
type TileFeature struct {
	ID    uint64
	HasID bool // a tile tells id 0 from none
	// Tags are pairs: the number of a key, the number of a value.
	Tags []uint32
	// Type is 0 where the tile says unknown or nothing.
	Type spatial.Kind
	// Parts are the one set of points, the lines, or the rings without their
	// closing vertex, shells and holes in the order of the tile.
	Parts [][]Point
	// Commands are the drawing commands of a feature of unknown type, as
	// they stand: nobody can say what they draw.
	Commands []uint32
	Extra    []byte
}

// Point is a position in tile units, x to the east and y to the south. A tile
// holds differences of 32 bits, so that sums of them may take more.
type Point struct{ X, Y int64 }

// ValueKind is the type a value was written with, by its field number in the
// specification.
type ValueKind uint8

// The kinds of values. Int and Sint both hold signed numbers, in two encodings.
const (
	StringValue ValueKind = iota + 1
	FloatValue
	DoubleValue
	IntValue
	UintValue
	SintValue
	BoolValue
)

// Value is an attribute's value. Values are equal (==) if they were written
// alike; so is NaN to itself.
type Value struct {
	Kind ValueKind
	Text string // of a StringValue
	// Bits of the others: IEEE 754, two's complement, 0 or 1.
	Bits uint64
}

// Any returns the value as string, float32, float64, int64, uint64 or bool.
func (v Value) Any() any {
	switch v.Kind {
	case FloatValue:
		return math.Float32frombits(uint32(v.Bits))
	case DoubleValue:
		return math.Float64frombits(v.Bits)
	case IntValue, SintValue:
		return int64(v.Bits)
	case UintValue:
		return v.Bits
	case BoolValue:
		return v.Bits != 0
	}
	return v.Text
}
