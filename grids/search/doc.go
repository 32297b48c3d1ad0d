// Package search finds what a person writes: a code, a name, a door plate, an
// address in one line, pinyin in full ("kaifeng") or its initials ("kf"), or a
// position pasted in any coordinate system. Start with [Cache.Index], which
// gives the [Index] of a snapshot, and ask it with [Index.Search] and
// [Index.Addresses]; [Positions] reads coordinates.
//
//	"永昌路 12 号" ─fold─▶ 永昌路12号 ─split─▶ name 永昌路 ─▶ its plates, by number
//	                                          house 12           11 ── 12? ── 14
//
// A city of 24,000 addresses has 4,500 names: a plate is its road and a number,
// and only the road is text. The names lie folded in one run of bytes, sorted,
// each with a mask of the characters in it. The beginning of a name is found by
// bisection, all else by going through the masks, which leaves few names to look
// at: that costs less than keeping lists of what contains what. Codes are
// bisected in the snapshot and not copied.
//
// Guarantees: the same question to the same rows gives the same answer in the
// same order. Pinyin is that of the rows where they have it and go-pinyin's
// readings of each character besides, so that either reading of 长 is found. A
// typing error is one character wrong, missing, too many, or two swapped.
//
// Cost: see [Index]; a search takes 10 to 400 µs of a processor in such a city.
package search
