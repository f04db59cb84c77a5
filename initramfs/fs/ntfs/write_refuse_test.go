package ntfs

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// TestWriteRefuses wants files refused, with no byte changed, that are not
// understood.
func TestWriteRefuses(t *testing.T) {
	name := resident(attrFileName, "", fileNameBytes(recordRoot, entry{name: "file", namespace: nameWin32}))
	data := resident(attrData, "", []byte("data"))
	for what, attrs := range map[string][][]byte{
		"transaction": {name, data, resident(attrUtility, "$TXF_DATA", make([]byte, 56))},
		"encrypted":   {name, nonResident(attrData, "", 2000, 2000, attrFlagEncrypted, run{0, tFree + 10, 2})},
		"symlink":     {name, data, resident(attrReparsePoint, "", []byte{0x0c, 0, 0, 0xa0, 0, 0, 0, 0})},
	} {
		v := writableVolume()
		v.file(31, attrs...)
		before := bytes.Clone(v.b)
		o := v.open(t)
		for op, err := range map[string]error{
			"write":  o.WriteFile(`\file`, strings.NewReader("x"), 1),
			"resize": o.Resize(`\file`, 1),
		} {
			if !errors.Is(err, fs.ErrUnsupported) {
				t.Errorf("%s: %s: %v", what, op, err)
			}
		}
		if what == "transaction" {
			for op, err := range map[string]error{
				"remove":     o.Remove(`\file`),
				"rename":     o.Rename(`\file`, `\other`),
				"attributes": o.SetAttributes(`\file`, 0),
			} {
				if !errors.Is(err, fs.ErrUnsupported) {
					t.Errorf("%s: %s: %v", what, op, err)
				}
			}
		}
		if !bytes.Equal(before, v.b) {
			t.Errorf("%s: the volume changed", what)
		}
	}
}

// TestWriteSecurity looks where new files get their security from.
func TestWriteSecurity(t *testing.T) {
	v := writableVolume()
	si := func(id uint32) []byte {
		b := make([]byte, siSizeNew)
		le.PutUint32(b[siSecurity:], id)
		return resident(attrStandardInformation, "", b)
	}
	dirName := resident(attrFileName, "", fileNameBytes(recordRoot, entry{name: "dir", namespace: nameWin32}))
	v.record(30, recFlagInUse|recFlagDirectory, si(0x111), dirName, resident(attrIndexRoot, "$I30", indexRoot(entries(30, nil, -1))))
	v.record(31, recFlagInUse, si(0x222), resident(attrFileName, "", fileNameBytes(recordRoot, entry{name: "file", namespace: nameWin32})), resident(attrData, "", nil))
	o := v.open(t)
	if err := errors.Join(o.Mkdir(`\dir\sub`), o.WriteFile(`\dir\first`, strings.NewReader(""), 0), o.WriteFile(`\beside`, strings.NewReader(""), 0)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]uint32{`\dir\sub`: 0x111, `\dir\first`: 0x111, `\beside`: 0x222} {
		n, err := o.find(path)
		if err != nil {
			t.Fatal(err)
		}
		a, _, err := n.inode.find(attrStandardInformation, nil)
		if err != nil || le.Uint32(a.value()[siSecurity:]) != want {
			t.Errorf("%s: %x, %v", path, a.value()[siSecurity:siSecurity+4], err)
		}
		if lsn := le.Uint64(n.rec.b[8:]); lsn != 0 || n.rec.no < firstUserEntry {
			t.Errorf("%s: record %d, LSN %#x", path, n.rec.no, lsn)
		}
	}
}

func TestTightDescriptor(t *testing.T) {
	sid := []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}
	ace := append([]byte{0, 0, 20, 0, 0xff, 1, 0x1f, 0}, sid...)
	list := append([]byte{2, 0, 64, 0, 1, 0, 0, 0}, ace...)
	loose := make([]byte, sdSize)
	loose[0], loose[3] = 1, 0x80
	le.PutUint32(loose[sdDACL:], sdSize)
	loose = append(append(loose, list...), make([]byte, 64-len(list))...)
	le.PutUint32(loose[sdOwner:], uint32(len(loose)))
	loose = append(loose, sid...)
	got := tightDescriptor(loose)
	if len(got) != sdSize+28+12 || !bytes.Equal(got[le.Uint32(got[sdOwner:]):], sid) || le.Uint16(got[sdSize+2:]) != 28 || !bytes.Equal(got[sdSize+8:sdSize+28], ace) {
		t.Errorf("%x becomes %x", loose, got)
	}
	for cut := range loose {
		if got := tightDescriptor(loose[:cut]); !bytes.Equal(got, loose[:cut]) {
			t.Errorf("cut to %d: changed", cut)
		}
	}
}
