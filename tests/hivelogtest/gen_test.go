package hivelogtest

import (
	"encoding/binary"
	"slices"
)

var le = binary.LittleEndian

// fake is a hive without keys: a base block and hbins of one page each, whose
// one free cell is filled with a number. What logs do to pages can be seen in it.
type fake struct {
	seq1, seq2 uint32
	time       uint64 // base block
	binTime    uint64 // first hbin
	pages      []byte // the number in each page
	tail       int    // bytes behind the hbins
	flags      uint32
	cluster    uint32 // 0 means 1
	fileType   uint32
}

func (f fake) bytes() []byte {
	b := f.head()
	for i, v := range f.pages {
		b = append(b, f.page(i, v)...)
	}
	return append(b, make([]byte, f.tail)...)
}

func (f fake) head() []byte {
	b := make([]byte, 4096)
	copy(b, "regf")
	le.PutUint32(b[4:], f.seq1)
	le.PutUint32(b[8:], f.seq2)
	le.PutUint64(b[12:], f.time)
	for off, v := range map[int]uint32{20: 1, 24: 5, 28: f.fileType, 32: 1, 36: 32, 40: uint32(len(f.pages)) * 4096, 44: max(f.cluster, 1), 0x90: f.flags} {
		le.PutUint32(b[off:], v)
	}
	copy(b[0xa4:], "rmtm")
	b[0x70] = 1
	checksum(b)
	return b
}

func checksum(b []byte) {
	var x uint32
	for i := range 127 {
		x ^= le.Uint32(b[4*i:])
	}
	switch x {
	case 0:
		x = 1
	case 0xffffffff:
		x--
	}
	le.PutUint32(b[508:], x)
}

func (f fake) page(i int, v byte) []byte {
	b := slices.Repeat([]byte{v}, 4096)
	clear(b[:32])
	copy(b, "hbin")
	le.PutUint32(b[4:], uint32(i)*4096)
	le.PutUint32(b[8:], 4096)
	if i == 0 {
		le.PutUint64(b[20:], f.binTime)
	}
	le.PutUint32(b[32:], 4096-32)
	return b
}

// dirt makes a log of the old format that sets pages of f, as f's base block
// describes the hive. The numbers are those of the log.
func (f fake) dirt(set map[int]byte) []byte {
	unit := 512 * int(max(f.cluster, 1))
	log := f.head()[:unit]
	vector := append([]byte("DIRT"), make([]byte, len(f.pages))...) // 8 sectors in a page
	var data []byte
	for i := range f.pages {
		if v, ok := set[i]; ok {
			vector[4+i] = 0xff
			data = append(data, f.page(i, v)...)
		}
	}
	log = append(log, vector...)
	log = append(log, make([]byte, (unit-len(log)%unit)%unit)...)
	return append(log, data...)
}

// entry is an entry of a log of the new format.
type entry struct {
	seq   uint32
	bins  int // pages in the hive
	set   map[int]byte
	flags uint32
}

func (e entry) bytes() []byte {
	b := append([]byte("HvLE"), make([]byte, 36)...)
	var data []byte
	for i := range 1 << 16 {
		v, ok := e.set[i]
		if !ok {
			continue
		}
		b = le.AppendUint32(b, uint32(i)*4096)
		b = le.AppendUint32(b, 4096)
		data = append(data, fake{}.page(i, v)...)
	}
	b = append(b, data...)
	b = append(b, make([]byte, (512-len(b)%512)%512)...)
	for off, v := range map[int]uint32{4: uint32(len(b)), 8: e.flags, 12: e.seq, 16: uint32(e.bins) * 4096, 20: uint32(len(e.set))} {
		le.PutUint32(b[off:], v)
	}
	rehash(b)
	return b
}

// rehash sets the hashes of an entry.
func rehash(b []byte) {
	le.PutUint64(b[24:], slowMarvin(b[40:]))
	le.PutUint64(b[32:], slowMarvin(b[:32]))
}

// hvle makes a log of the new format from entries; its base block is f's with
// the number of the first entry.
func (f fake) hvle(entries ...entry) []byte {
	f.fileType = 6
	if len(entries) > 0 {
		f.seq1, f.seq2 = entries[0].seq, entries[0].seq
	}
	log := f.head()[:512]
	for _, e := range entries {
		log = append(log, e.bytes()...)
	}
	return log
}

// slowMarvin is Marvin32 after its description, with arithmetic instead of
// machine words: the hash of whole 32-bit words.
func slowMarvin(b []byte) uint64 {
	const m = 1 << 32
	rol := func(x uint64, n uint) uint64 { return (x*(1<<n))%m + x/(1<<(32-n)) }
	lo, hi := uint64(0x7a4e55c5+0), uint64(0x82ef4d88)
	for _, w := range append(words(b), 0x80, 0) {
		lo = (lo + w) % m
		hi ^= lo
		lo = (rol(lo, 20) + hi) % m
		hi = rol(hi, 9) ^ lo
		lo = (rol(lo, 27) + hi) % m
		hi = rol(hi, 19)
	}
	return hi*m + lo
}

func words(b []byte) (all []uint64) {
	for ; len(b) >= 4; b = b[4:] {
		all = append(all, uint64(b[0])+uint64(b[1])<<8+uint64(b[2])<<16+uint64(b[3])<<24)
	}
	return all
}
