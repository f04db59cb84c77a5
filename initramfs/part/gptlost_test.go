package part

import (
	"encoding/binary"
	"strings"
	"testing"
)

// withVolumes makes the entries of newGPT partitions of data with a small FAT each.
func withVolumes(t *testing.T) mem {
	t.Helper()
	m := newGPT()
	typ, err := guidBytes(GUIDBasicData)
	if err != nil {
		t.Fatal(err)
	}
	entries := m.data[2*512 : 34*512]
	for i, lba := range map[int]int{0: 40, 2: 50} {
		copy(entries[i*gptEntrySize:], typ)
		boot := m.data[lba*512:]
		copy(boot, "\xEB\x3C\x90MSDOS5.0")
		binary.LittleEndian.PutUint16(boot[offBytesPerSector:], 512)
		copy(boot[0x0D:], "\x01\x01\x00\x02\x10\x00\x06\x00\xF8\x01\x00")
		copy(boot[0x36:], "FAT12   ")
		copy(boot[offBootMagic:], "\x55\xAA")
	}
	copy(m.data[67*512:], entries)
	for _, lba := range []int{1, 99} {
		seal(m.data[lba*512:lba*512+headerSize], entries)
	}
	return m
}

// TestProved: with the MBR and one copy of the GPT gone, the other counts where the file
// systems are where it says and nobody divided the disk anew, whichever of the two it is.
func TestProved(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(m mem)
		ok    bool
	}{
		{"primary gone", func(m mem) { clear(m.data[512:1024]) }, true},
		{"backup gone", func(m mem) { clear(m.data[99*512:]) }, true},
		{"backup gone, no file system", func(m mem) { clear(m.data[99*512:]); clear(m.data[50*512 : 51*512]) }, false},
		{"primary gone, no file system", func(m mem) { clear(m.data[512:1024]); clear(m.data[40*512 : 41*512]) }, false},
		{"backup gone, partitions in the MBR", func(m mem) { clear(m.data[99*512:]); m.entry(0, 0, 0, 0x07, 40, 6) }, false},
		{"both are there and differ", func(m mem) {
			m.data[67*512+offEntryLast]++
			seal(m.data[99*512:99*512+headerSize], m.data[67*512:99*512])
		}, false},
	} {
		m := withVolumes(t)
		clear(m.data[:512])
		tt.spoil(m)
		e, err := EditGPT(m)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		patches, err := e.MendProtective()
		if got := err == nil && len(patches) > 0; got != tt.ok {
			t.Errorf("%s: %v, %v", tt.name, patches, err)
		}
		if err != nil && !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
