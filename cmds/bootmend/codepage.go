package main

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// codePage finds an encoding by its number in Windows.
func codePage(n int) (encoding.Encoding, error) {
	pages := map[int]encoding.Encoding{
		437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855,
		858: charmap.CodePage858, 866: charmap.CodePage866, 874: charmap.Windows874,
		1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
		1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257,
		1258: charmap.Windows1258, 65001: unicode.UTF8,
	}
	maps.Copy(pages, eastAsian())
	if e := pages[n]; e != nil {
		return e, nil
	}
	var have []int
	for p := range pages {
		have = append(have, p)
	}
	slices.Sort(have)
	return nil, usageError{fmt.Errorf("code page %d is not known; there are %v", n, have)}
}
