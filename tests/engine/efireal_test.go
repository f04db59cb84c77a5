package engine

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestRealWindowsEntries: the copies of its boot entry that Windows keeps in real stores
// are what we would make for the same partition, but for two bytes that nobody reads.
func TestRealWindowsEntries(t *testing.T) {
	n := 0
	for _, name := range []string{"bcd/win10-uefi.BCD.xz", "bcd/win10-zhcn-uefi-surfacepro3.BCD.xz"} {
		data, err := os.ReadFile(realdata.File(t, name))
		if err != nil {
			t.Fatal(err)
		}
		hive, err := regf.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		store, err := bcd.Open(hive)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range store.Objects {
			if o.Variable == nil {
				continue
			}
			v, err := bcd.ParseVariable(o.Variable)
			if err != nil {
				t.Fatal(err)
			}
			// As the firmware has it.
			entry := efi.LoadOption{Attributes: v.Attributes, Description: v.Name, Data: v.Data}.Encode()
			b := append(binary.LittleEndian.AppendUint16(entry[:4:4], uint16(len(v.Path))), entry[6:len(entry)-len(v.Data)-4]...) // without the end of no path
			entry = append(append(b, v.Path...), v.Data...)
			e, err := efi.ParseLoadOption(entry)
			if err != nil || !bytes.Equal(e.Encode(), entry) || e.Description != v.Name {
				t.Fatalf("%s %s: %v: %s", name, o.ID, err, e)
			}
			t.Logf("%s: %s, %d bytes of paths", name, e, len(v.Path))
			drive, ok := e.Path.Drive()
			if e.Description == efi.WindowsDescription && (!ok || drive.Format != efi.FormatGPT || e.Path.File() == "") {
				t.Errorf("%s %s: no partition or no file", name, e)
			}
			if !strings.HasSuffix(e.Path.File(), `\bootmgfw.efi`) || len(e.Data) == 0 {
				continue
			}
			n++
			ours := efi.WindowsEntry(drive, e.Path.File())
			if ours.Description != v.Name || !bytes.Equal(ours.Path.Encode(), e.Path.Encode()) {
				t.Errorf("%s: %s; want %s", name, ours, e)
			}
			const junk = 0x76 // two bytes behind the text
			if len(ours.Data) != len(v.Data) || !bytes.Equal(ours.Data[:junk], v.Data[:junk]) || !bytes.Equal(ours.Data[junk+2:], v.Data[junk+2:]) {
				t.Errorf("%s: data\n%x; want\n%x", name, ours.Data, v.Data)
			}
		}
	}
	t.Logf("%d entries", n)
	if n == 0 {
		t.Error("no store has one")
	}
}
