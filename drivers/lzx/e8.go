package lzx

import "encoding/binary"

// e8Tail is how many bytes at the end of a frame are never translated.
const e8Tail = 10

// undoE8 turns the absolute addresses that the encoder put behind E8, the call
// instruction of x86, back into relative ones. b is one frame, pos its place in
// the file, size the size of the file as the encoder was told.
func undoE8(b []byte, pos, size int32) {
	for i := 0; i < len(b)-e8Tail; i++ {
		if b[i] != 0xe8 {
			continue
		}
		at := pos + int32(i)
		abs := int32(binary.LittleEndian.Uint32(b[i+1:]))
		switch {
		case abs >= 0 && abs < size:
			binary.LittleEndian.PutUint32(b[i+1:], uint32(abs-at))
		case abs < 0 && abs >= -at:
			binary.LittleEndian.PutUint32(b[i+1:], uint32(abs+size))
		}
		i += 4
	}
}
