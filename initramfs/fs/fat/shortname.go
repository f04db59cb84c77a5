package fat

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// oem is code page 850, the upper half: what Windows wrote 8.3 names in
// depends on its language, and the volume does not say. 850 has the capitals
// of western Europe where 437 (United States) has lines for drawing boxes, and
// is otherwise the same for letters.
var oem = [128]rune([]rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐" +
	"└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0"))

// showShort turns an 8.3 name into a string; flags is the byte at 0C.
// Characters that no name has become "_".
func showShort(raw [11]byte, flags byte) string {
	base := showPart(raw[:8], flags&lowerBase != 0)
	if ext := showPart(raw[8:], flags&lowerExt != 0); ext != "" {
		return base + "." + ext
	}
	return base
}

func showPart(b []byte, lower bool) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == '/' || r == '\\' {
			return '_'
		}
		if lower {
			return unicode.ToLower(r)
		}
		return r
	}, decodeOEM(bytes.TrimRight(b, " ")))
}

func decodeOEM(b []byte) string {
	s := make([]rune, len(b))
	for i, c := range b {
		if s[i] = rune(c); c >= 0x80 {
			s[i] = oem[c-0x80]
		}
	}
	return string(s)
}

// upperRaw is for 8.3 names that were stored in lower case against the rules.
func upperRaw(raw [11]byte) [11]byte {
	for i, c := range raw {
		raw[i] = byte(upper(uint16(c) & 0x7f))
		if c >= 0x80 {
			raw[i] = c
		}
	}
	return raw
}

// packShort is the 8.3 name that shows like name, if there can be one.
func packShort(name string) (raw [11]byte, ok bool) {
	copy(raw[:], "           ")
	base, ext, dot := strings.Cut(name, ".")
	if base == "" || dot && ext == "" {
		return raw, false
	}
	return raw, packPart(raw[:8], base) && packPart(raw[8:], ext)
}

func packPart(dst []byte, s string) bool {
	i := 0
	for _, r := range s {
		c := r
		if r >= 0x80 {
			k := slices.Index(oem[:], unicode.ToUpper(r))
			if k < 0 {
				k = slices.Index(oem[:], r)
			}
			c = rune(0x80 + k)
			if k < 0 {
				return false
			}
		} else {
			c = rune(upper(uint16(r)))
		}
		if i == len(dst) || c < ' ' || strings.ContainsRune(`"*+,./:;<=>?[\]|`, c) {
			return false
		}
		dst[i] = byte(c)
		i++
	}
	return s == "" || s[len(s)-1] != ' '
}

// newName is what a new entry is called.
type newName struct {
	raw   [11]byte
	flags byte     // lowerBase, lowerExt
	long  []uint16 // nil: the 8.3 name says it all
}

// nameFor finds the names of a new entry, as Windows NT would: an 8.3 name
// whose base and extension are each of one case needs no long name; any other
// gets one, and an 8.3 name that is unique in the directory.
func (d *directory) nameFor(name string) (newName, error) {
	raw, ok := packShort(name)
	if !ok || strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 || r == ' ' }) >= 0 {
		raw, err := d.uniqueShort(name)
		return newName{raw: raw, long: fs.EncodeName(name)}, err
	}
	base, ext, _ := strings.Cut(name, ".")
	n := newName{raw: raw}
	if base != strings.ToUpper(base) {
		n.flags |= lowerBase
	}
	if ext != strings.ToUpper(ext) {
		n.flags |= lowerExt
	}
	if showShort(raw, n.flags) != name {
		n.flags, n.long = 0, fs.EncodeName(name)
	}
	return n, nil
}

// stem cuts a long name down to the letters of an 8.3 name: base and
// extension, not yet of the right length.
func stem(name string) (base, ext string) {
	name = strings.TrimLeft(name, ". ")
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name, ext = name[:i], name[i+1:]
	}
	clean := func(s string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case r == ' ' || r == '.':
				return -1
			case r >= 0x80 || strings.ContainsRune("+,;=[]", r):
				return '_'
			}
			return rune(upper(uint16(r)))
		}, s)
	}
	base, ext = clean(name), clean(ext)
	return base, ext[:min(3, len(ext))]
}

// uniqueShort makes an 8.3 name with a number: six letters and ~1 to ~4, then
// two letters, a hash of the long name and ~1 to ~9, then ever higher numbers.
func (d *directory) uniqueShort(name string) ([11]byte, error) {
	base, ext := stem(name)
	var hash uint16
	for _, c := range fs.EncodeName(name) {
		hash = hash*37 + upper(c)
	}
	hashed := fmt.Sprintf("%.2s%04X", base, hash)
	var list [][11]byte
	for i := 1; i <= 4; i++ {
		list = append(list, tailed(base, ext, i))
	}
	for i := 1; i <= 9; i++ {
		list = append(list, tailed(hashed, ext, i))
	}
	if i := d.firstUnused(list); i >= 0 {
		return list[i], nil
	}
	for from := 10; from < 100_000; from *= 2 {
		list = list[:0]
		for i := from; i < 2*from; i++ {
			list = append(list, tailed(hashed, ext, i))
		}
		if i := d.firstUnused(list); i >= 0 {
			return list[i], nil
		}
	}
	return [11]byte{}, fmt.Errorf("%s: no 8.3 name is left for %q: %w", d.path, name, fs.ErrNoSpace)
}

// tailed is base, cut to make room, with "~i".
func tailed(base, ext string, i int) (raw [11]byte) {
	tail := fmt.Sprintf("~%d", i)
	copy(raw[:], fmt.Sprintf("%-8s%-3s", base[:min(len(base), 8-len(tail))]+tail, ext))
	return raw
}

// firstUnused is the index of the first name that no entry has, neither as 8.3
// nor as long name; -1: none.
func (d *directory) firstUnused(list [][11]byte) int {
	index := make(map[[11]byte]int, len(list))
	for i, raw := range list {
		index[raw] = i
	}
	used := make([]bool, len(list))
	for it := range d.items {
		if i, ok := index[upperRaw(it.e.raw())]; ok {
			used[i] = true
		}
		if len(it.pieces) == entrySize { // 13 characters at most
			if raw, ok := packShort(fs.DecodeName(it.long())); ok {
				if i, ok := index[raw]; ok {
					used[i] = true
				}
			}
		}
	}
	return slices.Index(used, false)
}
