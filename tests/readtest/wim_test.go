package readtest

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/wof"
	"github.com/bootmend/bootmend/tests/tool"
)

// A WIM archive: header, resources, lookup table. A compressed resource is what
// WOF keeps in a stream: chunk table and chunks (docs of wimlib, "WIM" at
// libyal).
const (
	wimLookup   = 0x30 // resource header of the lookup table
	wimEntry    = 50   // bytes of an entry of it
	resourceLen = 24   // size (56 bits), flags (8), offset, plain size
	compressed  = 0x04
	metadata    = 0x02
)

// resource is a piece of a WIM archive.
type resource struct {
	flags  byte
	data   []byte
	plain  int64
	digest string // SHA-1 of the plain data
}

// captures compresses a directory with wimlib and returns its resources.
func capture(t *testing.T, dir string, a wof.Algorithm, level int) []resource {
	t.Helper()
	tool.Need(t, "wimlib-imagex")
	method := "XPRESS"
	if a == wof.LZX {
		method = "LZX"
	}
	path := filepath.Join(t.TempDir(), "x.wim")
	tool.Must(t, "wimlib-imagex", "capture", dir, path, "--threads=1", fmt.Sprintf("--compress=%s:%d", method, level),
		fmt.Sprintf("--chunk-size=%d", a.ChunkSize()))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := func(h []byte) resource {
		n := binary.LittleEndian.Uint64(h) & (1<<56 - 1)
		off := binary.LittleEndian.Uint64(h[8:])
		return resource{flags: h[7], data: b[off : off+n], plain: int64(binary.LittleEndian.Uint64(h[16:]))}
	}
	var list []resource
	for table := at(b[wimLookup:]).data; len(table) >= wimEntry; table = table[wimEntry:] {
		r := at(table)
		if r.digest = fmt.Sprintf("%x", table[30:50]); r.flags&metadata == 0 {
			list = append(list, r)
		}
	}
	return list
}
