// Package isotest judges package iso9660 and what the bootmend command makes of
// CDs. The discs are made by genisoimage, by xorriso and by the builder of the
// rescue image; bsdtar says which names and bytes they hold, isoinfo and 7z
// speak as well, and go-diskfs is a second reader in Go.
package isotest
