package efi

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func windowsOn(number uint32) LoadOption {
	h := HardDrive{Number: number, Start: 2048, Sectors: 204800, Format: FormatGPT, IDType: 2}
	copy(h.ID[:], "0123456789abcdef")
	return WindowsEntry(h, `\EFI\Microsoft\Boot\bootmgfw.efi`)
}

func TestLoadOptionKeepsItsBytes(t *testing.T) {
	entry := windowsOn(1).Encode()
	lone := bytes.Clone(entry)
	copy(lone[optionHead:], "\x00\xd8") // half a surrogate pair in the description
	length := int(le.Uint16(entry[4:]))
	twoPaths := append(bytes.Clone(entry[:4]), byte(length+4), 0)
	twoPaths = append(twoPaths, entry[optionHead:len(entry)-len(windowsData())]...)
	twoPaths = append(append(twoPaths, 0x7F, 0xFF, 4, 0), windowsData()...)
	for name, b := range map[string][]byte{"windows": entry, "broken UTF-16": lone, "two paths": twoPaths,
		"no data": entry[:len(entry)-len(windowsData())]} {
		o, err := ParseLoadOption(b)
		if err != nil || !bytes.Equal(o.Encode(), b) {
			t.Errorf("%s: %v\n%x\n%x", name, err, b, o.Encode())
		}
		if h, ok := o.Path.Drive(); !ok || h.Number != 1 || h.Sectors != 204800 || o.Path.File() != `\EFI\Microsoft\Boot\bootmgfw.efi` {
			t.Errorf("%s: %s", name, o)
		}
	}
}

func TestDamagedLoadOptions(t *testing.T) {
	entry := windowsOn(1).Encode()
	for n := range len(entry) - len(windowsData()) {
		if _, err := ParseLoadOption(entry[:n]); err == nil {
			t.Errorf("%d bytes of an entry are taken", n)
		}
	}
	long := bytes.Clone(entry)
	le.PutUint16(long[4:], 0xFFFF)
	if _, err := ParseLoadOption(long); err == nil || !strings.Contains(err.Error(), "Windows Boot Manager") {
		t.Errorf("a path beyond the end: %v", err)
	}
}

func TestEdits(t *testing.T) {
	o := windowsOn(1)
	own := Path{{1, 4, make([]byte, 16)}}.Encode() // what firmware puts in front
	o.before = append(own, own...)
	o.Path = append(Path{{1, 1, []byte{0, 0, 0, 0, 2, 31}}}, o.Path...)
	h, _ := o.Path.Drive()
	h.Number = 3
	o.Path, o.Attributes = o.Path.SetDrive(h), 0
	again, err := ParseLoadOption(o.Encode())
	if err != nil || again.IsActive() || len(again.before) != 48 || len(again.Path) != 3 || again.Path[0].Type != 1 {
		t.Errorf("%s, %v", again, err)
	}
	if got := again.Path.String(); got != `Path(1,1,00000000021f)/HD(3,GPT,33323130-3534-3736-3839-616263646566)/\EFI\Microsoft\Boot\bootmgfw.efi` {
		t.Error(got)
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]int{EntryName(0): 0, EntryName(0xABCD): 0xABCD, BootOrder: -1, BootCurrent: -1,
		"Boot00ab-" + Global: -1, "Boot0001-" + ImageSecurity: -1, "Boot": -1, "": -1} {
		n, ok := EntryNumber(name)
		if ok != (want >= 0) || ok && int(n) != want {
			t.Errorf("%s: %d, %v; want %d", name, n, ok, want)
		}
	}
	order, err := ParseOrder([]byte{1, 0, 0xCD, 0xAB})
	if err != nil || len(order) != 2 || order[1] != 0xABCD || !bytes.Equal(EncodeOrder(order), []byte{1, 0, 0xCD, 0xAB}) {
		t.Errorf("%v, %v", order, err)
	}
	if _, err := ParseOrder([]byte{1}); err == nil {
		t.Error("half a number is taken")
	}
}

func TestWindowsData(t *testing.T) {
	want := "57494e444f5753000100000088000000780000004200430044004f0042004a004500430054003d007b0039006400650061003800360032006300" +
		"2d0035006300640064002d0034006500370030002d0061006300630031002d006600330032006200330034003400640034003700390035007d000000" + "0000" +
		"0100000010000000040000007fff0400"
	if got := hex.EncodeToString(windowsData()); got != want {
		t.Errorf("%d bytes\n%s\n%s", len(windowsData()), got, want)
	}
}

func FuzzLoadOption(f *testing.F) {
	f.Add(windowsOn(2).Encode())
	f.Add([]byte{1, 0, 0, 0, 4, 0, 0, 0, 0x7F, 0xFF, 4, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := ParseLoadOption(b)
		if err != nil {
			return
		}
		_, _, _ = o.String(), o.Path.File(), o.Path.InFirmware()
		if !bytes.Equal(o.Encode(), b) {
			t.Errorf("%x became %x", b, o.Encode())
		}
	})
}

func FuzzDatabase(f *testing.F) {
	list := append([]byte(typeSHA256), 0x4C+0x10, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0)
	f.Add(append(list, make([]byte, 64)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDatabase(b)
		if n := len(d.Certificates) + len(d.Digests) + d.Other; err == nil && n*(ownerSize+1) > len(b) {
			t.Errorf("%d signatures in %d bytes", n, len(b))
		}
	})
}
