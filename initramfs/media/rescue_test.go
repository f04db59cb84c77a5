package media

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/part"
)

// rescueDisk is the start of a stick with the image, by the kind of its table.
func rescueDisk(gpt bool) []byte {
	b := make([]byte, 17*2048)
	hybrid := b[mbrEntries:] // the first entry starts at LBA 0
	if gpt {
		hybrid[4], hybrid[8], hybrid[12] = part.TypeProtective, 1, 0xFF
		hybrid = hybrid[mbrEntrySize:]
		copy(b[512:], "EFI PART")
		entry := b[gptEntries+gptEntrySize:]
		binary.LittleEndian.PutUint64(entry[32:], 64)
		for i, c := range ImagePartition {
			entry[gptName+2*i] = byte(c)
		}
	}
	hybrid[0], hybrid[12] = 0x80, 1
	copy(b[descriptor:], "\x01CD001\x01")
	copy(b[descriptor+volumeName:], Label+" ")
	return b
}

func TestIsRescue(t *testing.T) {
	changed := func(gpt bool, change func(b []byte)) []byte {
		b := rescueDisk(gpt)
		change(b)
		return b
	}
	for name, tt := range map[string]struct {
		disk []byte
		want bool
	}{
		"MBR": {rescueDisk(false), true},
		"GPT": {rescueDisk(true), true},
		// as the builder's library fills up
		"label that ends in zeros": {changed(false, func(b []byte) { b[descriptor+volumeName+len(Label)] = 0 }), true},
		"other label":              {changed(false, func(b []byte) { copy(b[descriptor+volumeName:], Label+"2") }), false},
		"no hybrid MBR":            {changed(false, func(b []byte) { clear(b[mbrEntries:][:mbrEntrySize]) }), false},
		"hybrid MBR of no sector":  {changed(false, func(b []byte) { b[mbrEntries+12] = 0 }), false},
		"partition elsewhere":      {changed(false, func(b []byte) { b[mbrEntries+8] = 63 }), false},
		"partition of a type":      {changed(false, func(b []byte) { b[mbrEntries+4] = 7 }), false},
		// A tool wrote a GPT of its own and left the second entry of the MBR alone.
		"GPT without the image":  {changed(true, func(b []byte) { clear(b[gptEntries:][:16<<10]) }), false},
		"GPT with another start": {changed(true, func(b []byte) { b[gptEntries+gptEntrySize+33] = 8 }), false},
		"GPT of another name":    {changed(true, func(b []byte) { b[gptEntries+gptEntrySize+gptName] = 'R' }), false},
		"GPT without its header": {changed(true, func(b []byte) { clear(b[512:520]) }), false},
		// What sgdisk -e, parted's Fix and sfdisk --relocate do.
		"GPT that a tool mended": {changed(true, func(b []byte) { clear(b[mbrEntries+mbrEntrySize:][:mbrEntrySize]) }), true},
		// parted's mklabel msdos and mkpart write the first entry only.
		"new MBR over the GPT": {changed(true, func(b []byte) {
			copy(b[mbrEntries:], []byte{0x80, 0, 1, 1, 7, 3, 0xFF, 0xFF, 0, 8, 0, 0, 0, 0, 8, 0})
		}), false},
		"protective entry that is not the first": {changed(false, func(b []byte) { b[mbrEntries+mbrEntrySize+4] = part.TypeProtective }), false},
		"empty":                                  {nil, false},
		"zeros":                                  {make([]byte, 17*2048), false},
		"short":                                  {rescueDisk(false)[:descriptor+20], false},
	} {
		if got := IsRescue(bytes.NewReader(tt.disk)); got != tt.want {
			t.Errorf("%s: IsRescue = %t", name, got)
		}
	}
}

// TestOfImage: what a person may write to is told from the image's own.
func TestOfImage(t *testing.T) {
	behind := block.Range{Off: 1 << 20, Len: 1 << 20}
	for _, tt := range []struct {
		p    part.Partition
		want bool
	}{
		{part.Partition{Range: behind, Type: 0x0C}, false},
		{part.Partition{Range: behind, TypeGUID: part.GUIDBasicData}, false},
		{part.Partition{Range: block.Range{Len: 1 << 20}, Type: 0x17}, true},
		{part.Partition{Range: behind, Type: part.TypeESP}, true},
		{part.Partition{Range: behind, TypeGUID: part.GUIDESP}, true},
		{part.Partition{Range: behind, TypeGUID: "0FC63DAF-8483-4772-8E79-3D69D8477DE4"}, true},
	} {
		if got := OfImage(tt.p); got != tt.want {
			t.Errorf("%+v: OfImage = %t", tt.p, got)
		}
	}
}
