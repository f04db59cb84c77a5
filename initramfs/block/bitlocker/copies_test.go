//go:build !nt5

package bitlocker

import (
	"bytes"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// threeCopies is a volume of 1 MiB with its metadata three times; change makes a copy
// other than the others before its sum is taken.
func threeCopies(change func(i int, b []byte)) mem {
	disk := make(mem, 1<<20)
	copy(disk, "\xeb\x58\x90"+signature)
	le.PutUint16(disk[offSectorSize:], 512)
	copy(disk[offGUID:], guidNormal)
	for i := range int64(metadataCopies) {
		le.PutUint64(disk[offGUID+16+8*i:], uint64(0x20000*(i+1)))
	}
	for i := range metadataCopies {
		m := disk[0x20000*(i+1):]
		copy(m, signature)
		list := append([]byte{24, 0, kindDescription, 0, valueString, 0, 1, 0}, "a\x00b\x00c\x00d\x00e\x00f\x00\x00\x00\x00\x00"...)
		end := (blockHead + entriesHead + len(list) + 15) / 16 * 16
		le.PutUint16(m[8:], uint16(end/16))
		le.PutUint16(m[10:], versionSeven)
		le.PutUint16(m[12:], stateEncrypted)
		le.PutUint16(m[14:], stateEncrypted)
		le.PutUint64(m[16:], 1<<20)
		le.PutUint32(m[28:], 16)
		for k := range uint64(metadataCopies) {
			le.PutUint64(m[32+8*k:], 0x20000*(k+1))
		}
		le.PutUint64(m[56:], 0x90000)
		le.PutUint32(m[blockHead:], uint32(entriesHead+len(list)))
		le.PutUint32(m[blockHead+32:], 7)
		le.PutUint16(m[blockHead+36:], uint16(XTS128))
		copy(m[blockHead+entriesHead:], list)
		if change != nil {
			change(i, m)
		}
		le.PutUint32(m[end+4:], crc32.ChecksumIEEE(m[:end]))
	}
	return disk
}

// rename gives the copy another description, by which it is known in the tests.
func rename(b []byte, first byte) { b[blockHead+entriesHead+entryHead] = first }

// TestThreeCopies: which is taken, and what is told of the others.
func TestThreeCopies(t *testing.T) {
	newer := func(b []byte) { le.PutUint32(b[blockHead+32:], 9) }
	for name, tt := range map[string]struct {
		change func(i int, b []byte)
		after  func(disk mem)
		takes  string // the first letter of the description, "" for none
		doubts []string
		err    string
	}{
		"alike": {takes: "a"},
		"newest in the middle": {takes: "x", doubts: []string{"0x20000 differs from that at 0x40000", "0x60000 differs"},
			change: func(i int, b []byte) {
				if i == 1 {
					rename(b, 'x')
					newer(b)
				}
			}},
		"two against the first": {takes: "x", doubts: []string{"0x20000 differs from that at 0x40000"},
			change: func(i int, b []byte) {
				if i > 0 {
					rename(b, 'x')
				}
			}},
		"the newest is damaged": {takes: "a", doubts: []string{"0x40000 (version 2) has a wrong checksum"},
			change: func(i int, b []byte) {
				if i == 1 {
					newer(b)
				}
			}, after: func(disk mem) { disk[0x40000+70]++ }},
		"one is left": {takes: "a", doubts: []string{"0x20000 has no signature", "0x40000 has no signature"},
			after: func(disk mem) { clear(disk[0x20000:][:100]); clear(disk[0x40000:][:100]) }},
		"the boot sector names a wrong place": {takes: "a", doubts: []string{"0xf0001, which is no place"},
			after: func(disk mem) { le.PutUint64(disk[offGUID+16+8:], 0xf0001) }},
		"all damaged": {err: "no signature", after: func(disk mem) { clear(disk[512:]) }},
		"another method": {err: "contradict each other", change: func(i int, b []byte) {
			if i == 2 {
				le.PutUint16(b[blockHead+36:], uint16(XTS256))
			}
		}},
		"another size": {err: "contradict each other", change: func(i int, b []byte) {
			if i == 0 {
				le.PutUint64(b[16:], 1<<20-512)
			}
		}},
		"another place of the first sectors": {err: "contradict each other", change: func(i int, b []byte) {
			if i == 1 {
				le.PutUint64(b[56:], 0xA0000)
				newer(b)
			}
		}},
		"one is being decrypted": {err: "being encrypted or decrypted", change: func(i int, b []byte) {
			if i == 2 {
				le.PutUint16(b[14:], 1)
			}
		}},
		"metadata of another place": {takes: "a", doubts: []string{"0x20000 is of metadata that lies elsewhere"}, change: func(i int, b []byte) {
			if i == 0 {
				le.PutUint64(b[32:], 0x70000)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			disk := threeCopies(tt.change)
			if tt.after != nil {
				tt.after(disk)
			}
			before := bytes.Clone(disk)
			v, err := Open(disk)
			if !bytes.Equal(before, disk) {
				t.Error("it was written")
			}
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) {
					t.Fatalf("%v; want %q", err, tt.err)
				}
				return
			}
			if err != nil || !strings.HasPrefix(v.Description, tt.takes) {
				t.Fatalf("%v, %v", v, err)
			}
			if len(v.Doubts) != len(tt.doubts) {
				t.Fatalf("doubts %q; want %q", v.Doubts, tt.doubts)
			}
			for i, d := range tt.doubts {
				if !strings.Contains(v.Doubts[i], d) {
					t.Errorf("doubt %q; want %q", v.Doubts[i], d)
				}
			}
		})
	}
}
