package search

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A numbered text is a name with a house number: 永昌路 12, and 院3楼 as the
// rest of 永昌路12号院3号楼.
type numbered struct {
	name   string
	number uint32
	rest   string
	// open says that the text ends with the digits of the number, which may
	// therefore be the beginning of a longer one.
	open bool
}

// maxNumberDigits is the longest house number.
const maxNumberDigits = 6

// afterNumber are the ways a text may go on after a house number.
var afterNumber = [...]string{
	"号", "-", "之", "附", "弄", "院", "栋", "幢", "座", "楼", "室", "单元", "甲", "乙", "丙", "丁", "hao",
}

// splits lists the ways to read a folded text as a name with a house number.
// The first is the one that the fewest characters before the number allow.
func splits(text string) []numbered {
	var out []numbered
	for i := 0; i < len(text); {
		n := digitsAt(text, i)
		if n == 0 {
			i++
			continue
		}
		name, rest := text[:i], text[i+n:]
		switch value, err := strconv.ParseUint(text[i:i+n], 10, 32); {
		case n > maxNumberDigits || err != nil || value == 0 || i > 0 && text[i-1] == '-':
		case i > 0 && goesOn(rest):
			if name = strings.TrimSuffix(name, "号"); name != "" { // "东大街#12"
				out = append(out, numbered{name, uint32(value), normalRest(rest), rest == ""})
			}
		case i == 0 && startsLatin(rest):
			out = append(out, numbered{rest, uint32(value), "", false}) // "12 Main Street"
		}
		i += n
	}
	if len(out) == 0 {
		if digits, ok := fromNumerals(text); ok {
			return splits(digits)
		}
	}
	return out
}

// forgivingSplits is splits, or, where a text has no house number, the last
// figures in it as one, for what follows may be a mistyped 号.
func forgivingSplits(text string) []numbered {
	if out := splits(text); len(out) > 0 {
		return out
	}
	end := strings.LastIndexAny(text, "0123456789") + 1
	name := strings.TrimRight(text[:end], "0123456789")
	number, err := strconv.ParseUint(text[len(name):end], 10, 32)
	if err != nil || name == "" || number == 0 || end-len(name) > maxNumberDigits || utf8.RuneCountInString(strings.TrimSuffix(text[end:], "号")) > 1 {
		return nil
	}
	return []numbered{{name: name, number: uint32(number)}}
}

func digitsAt(text string, i int) int {
	n := 0
	for i+n < len(text) && text[i+n] >= '0' && text[i+n] <= '9' {
		n++
	}
	return n
}

func goesOn(rest string) bool {
	if rest == "" || len(rest) == 1 && rest[0] >= 'a' && rest[0] <= 'z' {
		return true
	}
	for _, word := range afterNumber {
		if strings.HasPrefix(rest, word) {
			return true
		}
	}
	return false
}

// startsLatin holds for what may be a street after its number.
func startsLatin(rest string) bool {
	const shortest = 3
	return len(rest) >= shortest && rest[0] >= 'a' && rest[0] <= 'z' && isASCII(rest)
}

// normalRest writes what follows a number in one way: 12-3号, 12之3 and 12-3
// are the same, as are 12号院 and 12院.
func normalRest(rest string) string {
	if isASCII(rest) {
		return strings.TrimSuffix(strings.TrimSuffix(rest, "hao"), "h")
	}
	return strings.ReplaceAll(strings.ReplaceAll(rest, "号", ""), "之", "-")
}

// fromNumerals writes the Chinese numeral before the last 号 in digits.
func fromNumerals(text string) (string, bool) {
	at := strings.LastIndex(text, "号")
	if at < 0 {
		return "", false
	}
	name := strings.TrimRight(text[:at], "零一二三四五六七八九十百千")
	value, ok := numeral(text[len(name):at])
	if !ok || name == "" {
		return "", false
	}
	return name + strconv.Itoa(value) + text[at:], true
}

// numeral reads a Chinese numeral: 二百零三 is 203, 十二 is 12.
func numeral(text string) (value int, ok bool) {
	const digits = "零一二三四五六七八九"
	digit, unit := -1, 10_000
	for _, r := range text {
		smaller := 1
		switch r {
		case '十':
			smaller = 10
		case '百':
			smaller = 100
		case '千':
			smaller = 1000
		}
		i := strings.IndexRune(digits, r) / len("零")
		switch {
		case smaller == 1 && digit > 0: // 一二 is no numeral
			return 0, false
		case smaller == 1:
			digit = i
		case smaller >= unit || smaller > 10 && digit <= 0: // 百 without a figure
			return 0, false
		default:
			if digit <= 0 {
				digit = 1
			}
			value, unit, digit = value+digit*smaller, smaller, -1
		}
	}
	return value + max(digit, 0), value+max(digit, 0) > 0
}
