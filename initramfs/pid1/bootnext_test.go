package pid1

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/efi"
)

func TestNextEntry(t *testing.T) {
	entry := func(name string, path efi.Path) efi.Variable {
		return efi.Variable{Attributes: efi.Kept, Data: efi.LoadOption{Attributes: efi.Active, Description: name, Path: path}.Encode()}
	}
	cd := entry("CD", efi.Path{{Type: 1, Subtype: 1, Data: []byte{1, 2}}})
	disk := entry("disk", efi.Path{{Type: 1, Subtype: 1, Data: []byte{0, 7}}})
	net := entry("PXE", efi.Path{{Type: 3, Subtype: 11, Data: make([]byte, 33)}})
	windows := entry("Windows Boot Manager", efi.Path{efi.HardDrive{Number: 1}.Node(), efi.FileNode(`\EFI\Microsoft\Boot\bootmgfw.efi`)})
	off := windows
	off.Data = efi.LoadOption{Description: "off", Path: efi.Path{efi.FileNode(`\bootmgfw.efi`)}}.Encode()
	for _, tt := range []struct {
		name    string
		order   []uint16
		entries map[uint16]efi.Variable
		want    string
	}{
		{"Windows behind others", []uint16{1, 2, 3, 4}, map[uint16]efi.Variable{1: cd, 2: net, 3: disk, 4: windows}, "Windows Boot Manager"},
		{"the disk", []uint16{1, 2, 3}, map[uint16]efi.Variable{1: cd, 2: net, 3: disk}, "disk"},
		{"turned off", []uint16{1, 4}, map[uint16]efi.Variable{1: cd, 4: off}, ""},
		{"damaged", []uint16{1, 4}, map[uint16]efi.Variable{1: cd, 4: {Data: []byte{1}}}, ""},
		{"only the CD", []uint16{1, 9}, map[uint16]efi.Variable{1: cd}, ""},
		{"no order", nil, map[uint16]efi.Variable{1: cd}, ""},
	} {
		vars := efi.Variables{efi.BootCurrent: {Data: efi.EncodeOrder([]uint16{1})}}
		if tt.order != nil {
			vars[efi.BootOrder] = efi.Variable{Data: efi.EncodeOrder(tt.order)}
		}
		for n, v := range tt.entries {
			vars[efi.EntryName(n)] = v
		}
		_, got, ok := nextEntry(vars)
		if ok != (tt.want != "") || got.Description != tt.want {
			t.Errorf("%s: %q, %t; want %q", tt.name, got.Description, ok, tt.want)
		}
	}
}

func TestMarkDiskFirst(t *testing.T) {
	memory := filepath.Join(t.TempDir(), "mem")
	if err := os.WriteFile(memory, make([]byte, 0x1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := markDiskFirst(memory); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(memory)
	if err != nil || len(after) != 0x1000 || string(after[0x5E0:0x5F0]) != "bootmend to disk" {
		t.Errorf("%d bytes, %v", len(after), err)
	}
	if err := markDiskFirst(memory + "x"); err == nil {
		t.Error("memory that is not there took the mark")
	}
}
