package ntfs

// fixupStride is the distance of the protected words in FILE, INDX and RSTR
// structures: 512 bytes whatever the sector size.
const fixupStride = 512

// applyFixups checks the update sequence array of b, which begins with a
// magic, the array's offset (u16 at 4) and its count of words (u16 at 6), and
// puts the saved words back where they belong. b is changed in place only when
// everything is right. A mismatch means that a write of several sectors was
// cut off.
func applyFixups(b []byte, what string) error {
	if len(b) < fixupStride || len(b)%fixupStride != 0 {
		return damaged(what, 0, "%d bytes", len(b))
	}
	ofs, count := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	if want := 1 + len(b)/fixupStride; count != want {
		return damaged(what, 6, "update sequence array of %d words, want %d", count, want)
	}
	// The array lies completely before the first word that it protects.
	if ofs < 8 || ofs%2 != 0 || ofs+2*count > fixupStride-2 {
		return damaged(what, 4, "update sequence array of %d words at %#x", count, ofs)
	}
	usn := le.Uint16(b[ofs:])
	for i := 1; i < count; i++ {
		end := i*fixupStride - 2
		if got := le.Uint16(b[end:]); got != usn {
			return damaged(what, int64(end), "torn write: update sequence number %#04x, want %#04x", got, usn)
		}
	}
	for i := 1; i < count; i++ {
		copy(b[i*fixupStride-2:i*fixupStride], b[ofs+2*i:ofs+2*i+2])
	}
	return nil
}

// protectFixups is the inverse of applyFixups: it takes the next update
// sequence number, which is never 0 or FFFF, saves the last word of each
// stride and puts the number there. The place of the array must be right.
func protectFixups(b []byte) {
	ofs := int(le.Uint16(b[4:]))
	usn := le.Uint16(b[ofs:]) + 1
	if usn == 0 || usn == 0xffff {
		usn = 1
	}
	le.PutUint16(b[ofs:], usn)
	for i := 1; i <= len(b)/fixupStride; i++ {
		end := i*fixupStride - 2
		copy(b[ofs+2*i:ofs+2*i+2], b[end:end+2])
		le.PutUint16(b[end:], usn)
	}
}
