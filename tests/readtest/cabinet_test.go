package readtest

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/drivers/lzx"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestCabinetLZX decodes folders that Microsoft's encoder made and compares
// them with cabextract. Some lie in a cabinet of another kind.
func TestCabinetLZX(t *testing.T) {
	for _, c := range []struct{ outer, inner string }{
		{"cab/wdf01011_amd64_a.cab", "Windows6.0-KB2685811-x64.cab"},
		{"cab/wdf01011_amd64_a.cab", "WSUSSCAN.cab"},
		{"cab/libarchive_lzx_e8.cab", ""},
		{"cab/libarchive_lzx_16bit.cab", ""},
		{"cab/libarchive_lzx_literal_control.cab", ""},
	} {
		t.Run(c.outer+c.inner, func(t *testing.T) {
			tool.Need(t, "cabextract")
			path := realdata.File(t, c.outer)
			if c.inner != "" {
				dir := t.TempDir()
				tool.Must(t, "cabextract", "-q", "-d", dir, "-F", c.inner, path)
				path = filepath.Join(dir, c.inner)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, frames := lzxFolder(t, b)
			want := tool.Must(t, "cabextract", "-q", "-p", path)
			if len(got) == 0 || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, cabextract gives %d", len(got), len(want))
			}
			t.Logf("%d frames, %d bytes", frames, len(got))
		})
	}
}

// lzxFolder decodes the first folder of a cabinet, just as far as this test
// needs it: MS-CAB, CFHEADER, CFFOLDER, CFDATA.
func lzxFolder(t *testing.T, b []byte) (plain []byte, frames int) {
	t.Helper()
	le := binary.LittleEndian
	at, dataReserve := 0x24, 0
	if le.Uint16(b[0x1e:])&4 != 0 {
		dataReserve = int(b[0x27])
		at += 4 + int(le.Uint16(b[0x24:]))
	}
	data, count, method := int(le.Uint32(b[at:])), int(le.Uint16(b[at+4:])), le.Uint16(b[at+6:])
	if method&15 != 3 {
		t.Fatalf("method %#x is not LZX", method)
	}
	d, err := lzx.NewFrameDecoder(int(method >> 8))
	if err != nil {
		t.Fatal(err)
	}
	for i := range count {
		packed, size := int(le.Uint16(b[data+4:])), int(le.Uint16(b[data+6:]))
		data += 8 + dataReserve
		dst := make([]byte, size)
		if err := d.Frame(dst, b[data:data+packed]); err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
		plain, data = append(plain, dst...), data+packed
	}
	return plain, count
}
