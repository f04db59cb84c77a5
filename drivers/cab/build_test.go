package cab_test

import (
	"encoding/binary"
	"slices"
)

var le = binary.LittleEndian

// tfile is a file of a cabinet that build makes.
type tfile struct {
	name      string
	size, off uint32
	folder    uint16
	attr      uint16
}

// tblock is one CFDATA; sum 0 is no checksum, 1 and 2 the right ones.
type tblock struct {
	data  string
	plain int
	sum   uint32
}

// tfolder is a folder of blocks.
type tfolder struct {
	method uint16
	blocks []tblock
}

// tcab is a cabinet byte by byte.
type tcab struct {
	prev, next                   string // "name\x00disk\x00"
	index                        uint16
	headRes, folderRes, blockRes int
	reserve                      bool
	folders                      []tfolder
	files                        []tfile
}

func (c tcab) build() []byte {
	b := make([]byte, 36)
	copy(b, "MSCF")
	b[24], b[25] = 3, 1
	le.PutUint16(b[26:], uint16(len(c.folders)))
	le.PutUint16(b[28:], uint16(len(c.files)))
	le.PutUint16(b[32:], 77)
	le.PutUint16(b[34:], c.index)
	flags := 0
	if c.reserve {
		flags |= 4
		b = le.AppendUint16(b, uint16(c.headRes))
		b = append(b, byte(c.folderRes), byte(c.blockRes))
		b = append(b, make([]byte, c.headRes)...)
	}
	if c.prev != "" {
		flags |= 1
		b = append(b, c.prev...)
	}
	if c.next != "" {
		flags |= 2
		b = append(b, c.next...)
	}
	le.PutUint16(b[30:], uint16(flags))
	table := len(b)
	b = append(b, make([]byte, len(c.folders)*(8+c.folderRes))...)
	le.PutUint32(b[16:], uint32(len(b)))
	for _, f := range c.files {
		b = le.AppendUint32(b, f.size)
		b = le.AppendUint32(b, f.off)
		for _, v := range []uint16{f.folder, 50<<9 | 2<<5 | 3, 4<<11 | 5<<5 | 3, f.attr} {
			b = le.AppendUint16(b, v)
		}
		b = append(append(b, f.name...), 0)
	}
	for i, f := range c.folders {
		at := b[table+i*(8+c.folderRes):]
		le.PutUint32(at, uint32(len(b)))
		le.PutUint16(at[4:], uint16(len(f.blocks)))
		le.PutUint16(at[6:], f.method)
		for _, k := range f.blocks {
			head := make([]byte, 8+c.blockRes)
			le.PutUint16(head[4:], uint16(len(k.data)))
			le.PutUint16(head[6:], uint16(k.plain))
			if k.sum == 2 { // of MS-CAB: the reserved area counts
				for i := range head[8:] {
					head[8+i] = byte(i + 1)
				}
				words := append(slices.Clone(head[4:]), make([]byte, (4-len(head)%4)%4)...)
				if n := len(head) % 4; n > 0 { // the odd bytes from the top
					slices.Reverse(words[len(words)-4 : len(words)-4+n])
				}
				k.sum = sum(append([]byte(k.data), make([]byte, (4-len(k.data)%4)%4)...)) ^ sum(words)
			}
			if k.sum == 1 {
				k.sum = sum(append([]byte(k.data), make([]byte, (4-len(k.data)%4)%4)...)) ^ le.Uint32(head[4:])
			}
			le.PutUint32(head, k.sum)
			b = append(append(b, head...), k.data...)
		}
	}
	le.PutUint32(b[8:], uint32(len(b)))
	return b
}

// sum is right for whole words only.
func sum(b []byte) (s uint32) {
	for ; len(b) > 0; b = b[4:] {
		s ^= le.Uint32(b)
	}
	return s
}
