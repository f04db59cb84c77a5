package regftest

import "unicode/utf16"

// UTF16 encodes a string as UTF-16LE without a final NUL.
func UTF16(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, u)
	}
	return b
}

// SZ makes a REG_SZ with its final NUL.
func SZ(name, s string) Value { return Value{name, 1, UTF16(s + "\x00")} }

// ExpandSZ makes a REG_EXPAND_SZ with its final NUL.
func ExpandSZ(name, s string) Value { return Value{name, 2, UTF16(s + "\x00")} }

// Binary makes a REG_BINARY.
func Binary(name string, b ...byte) Value { return Value{name, 3, b} }

// DWORD makes a REG_DWORD.
func DWORD(name string, n uint32) Value { return Value{name, 4, le.AppendUint32(nil, n)} }

// MultiSZ makes a REG_MULTI_SZ with its final empty string.
func MultiSZ(name string, list ...string) Value {
	all := ""
	for _, s := range list {
		all += s + "\x00"
	}
	return Value{name, 7, UTF16(all + "\x00")}
}
