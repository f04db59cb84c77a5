package registry

import (
	"encoding/binary"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Units is a string as UTF-16LE, without anything at its end. It is the inverse
// of how package regf decodes names, for lone surrogates, too.
func Units(s string) []byte {
	b := make([]byte, 0, 2*len(s)+2)
	for _, u := range fs.EncodeName(s) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Text is the inverse of Units; an odd last byte is dropped.
func Text(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return fs.DecodeName(u)
}

// SZ is the data of a REG_SZ or REG_EXPAND_SZ: UTF-16LE with a final NUL.
func SZ(s string) []byte { return append(Units(s), 0, 0) }

// MultiSZ is the data of a REG_MULTI_SZ: every string with its NUL, and a last
// NUL. An empty string in the list would end it for every reader, so it is left
// out.
func MultiSZ(list ...string) []byte {
	var b []byte
	for _, s := range list {
		if s != "" {
			b = append(b, SZ(s)...)
		}
	}
	return append(b, 0, 0)
}

// DWORD is the data of a REG_DWORD.
func DWORD(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

// QWORD is the data of a REG_QWORD.
func QWORD(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
