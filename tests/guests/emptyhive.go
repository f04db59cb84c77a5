package guests

import "encoding/binary"

// emptyHive is the smallest hive that Windows and the tools accept: a base
// block and one hbin with a root key and its security. Everything else is put
// in by hivexregedit. minor is 3 for NT 4 to 2000 and BCD stores, 5 for XP on.
//
// Layout, offsets in bytes, all numbers little endian (source: the regf
// specification in github.com/msuhanov/regf):
//
//	0000 base block: "regf", sequence 1 and 2, time, major, minor, type 0,
//	     format 1, +24 root cell, +28 size of the hbins, +2c clustering 1,
//	     +1fc XOR of the 127 numbers before it
//	1000 "hbin", own offset, size 1000
//	1020 cell "nk": the root key; flags 2c: root, not deletable, ASCII name
//	1078 cell "sk": a list of itself, one reference, the descriptor
//	10f8 one free cell up to the end
func emptyHive(minor uint32) []byte {
	const none = 0xFFFFFFFF
	const root, security, free, end = 0x20, 0x78, 0xF8, 0x1000 // from the first hbin
	h := make([]byte, 0x1000+end)
	put := func(off int, v ...uint32) {
		for i, n := range v {
			binary.LittleEndian.PutUint32(h[off+4*i:], n)
		}
	}
	put16 := func(off int, v uint16) { binary.LittleEndian.PutUint16(h[off:], v) }
	used := func(from, to int) uint32 { return -uint32(to - from) }

	copy(h, "regf")
	put(0x04, 1, 1)
	put(0x14, 1, minor, 0, 1, root, end, 1)

	copy(h[0x1000:], "hbin")
	put(0x1008, end)

	nk := 0x1000 + root
	put(nk, used(root, security))
	copy(h[nk+4:], "nk")
	put16(nk+6, 0x2C)
	put(nk+0x14, none)           // parent
	put(nk+0x20, none, none)     // lists of subkeys, stable and volatile
	put(nk+0x2C, none)           // list of values
	put(nk+0x30, security, none) // security, class name
	put16(nk+0x4C, 4)
	copy(h[nk+0x50:], "ROOT")

	sk := 0x1000 + security
	put(sk, used(security, free))
	copy(h[sk+4:], "sk")
	put(sk+8, security, security, 1, uint32(len(descriptor)))
	copy(h[sk+0x18:], descriptor)

	put(0x1000+free, end-free)

	var sum uint32
	for i := 0; i < 0x1FC; i += 4 {
		sum ^= binary.LittleEndian.Uint32(h[i:])
	}
	put(0x1FC, sum)
	return h
}

// descriptor is a self-relative security descriptor: owner Administrators,
// group SYSTEM, all access for both, inherited by subkeys ([MS-DTYP] 2.4.6).
const descriptor = "\x01\x00\x04\x80" + // revision, DACL present, self-relative
	"\x14\x00\x00\x00" + "\x24\x00\x00\x00" + "\x00\x00\x00\x00" + "\x30\x00\x00\x00" + // owner, group, SACL, DACL
	sidAdministrators + sidSystem +
	"\x02\x00\x34\x00\x02\x00\x00\x00" + // ACL: revision 2, 52 bytes, 2 entries
	"\x00\x02\x14\x00\x3f\x00\x0f\x00" + sidSystem +
	"\x00\x02\x18\x00\x3f\x00\x0f\x00" + sidAdministrators

const (
	sidAdministrators = "\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00" // S-1-5-32-544
	sidSystem         = "\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00"                 // S-1-5-18
)
