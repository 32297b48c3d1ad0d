package codes

// StreetKind is what a street's number says it is.
type StreetKind string

// The kinds of street (GB/T 10114-2003).
const (
	UnknownStreet StreetKind = ""
	Subdistrict   StreetKind = "subdistrict" // 街道, 001–099
	Town          StreetKind = "town"        // 镇, 100–199
	Township      StreetKind = "township"    // 乡, 200–399
	Enterprise    StreetKind = "enterprise"  // 政企合一 (farms, forests, parks of industry), 400–599
)

// Kind tells the kind by the number of three digits.
func (s Street) Kind() StreetKind {
	switch n := s.Number; {
	case n >= 1 && n <= 99:
		return Subdistrict
	case n >= 100 && n <= 199:
		return Town
	case n >= 200 && n <= 399:
		return Township
	case n >= 400 && n <= 599:
		return Enterprise
	}
	return UnknownStreet
}

// CommunityKind is what a community's number says it is.
type CommunityKind string

// The kinds of community (GB/T 10114-2003).
const (
	UnknownCommunity CommunityKind = ""
	Residents        CommunityKind = "residents" // 居委会, 001–199
	Villagers        CommunityKind = "villagers" // 村委会, 200–399
)

// Kind tells the kind by the number of three digits.
func (c Community) Kind() CommunityKind {
	switch n := c.Number; {
	case n >= 1 && n <= 199:
		return Residents
	case n >= 200 && n <= 399:
		return Villagers
	}
	return UnknownCommunity
}
