// Package json takes the place of encoding/json in the lean program: the part of it
// that bootmend uses, with the same results, in a third of the room. A test compares
// the two.
//
// Not supported: decoding into interfaces and maps, tokens, fields of embedded structs,
// the options string and omitzero.
package json
