package logfile

// stride is the distance of the words that protect pages and records against
// torn writes.
const stride = 512

// unprotect checks the update sequence array of b and puts the saved words
// back; b is left alone when it reports false.
func unprotect(b []byte) bool {
	ofs, count, ok := sequenceArray(b)
	if !ok {
		return false
	}
	for i := 1; i < count; i++ {
		if le.Uint16(b[i*stride-2:]) != le.Uint16(b[ofs:]) {
			return false
		}
	}
	for i := 1; i < count; i++ {
		copy(b[i*stride-2:i*stride], b[ofs+2*i:])
	}
	return true
}

// protect is the inverse, with the next sequence number.
func protect(b []byte) bool {
	ofs, count, ok := sequenceArray(b)
	if !ok {
		return false
	}
	n := le.Uint16(b[ofs:]) + 1
	if n == 0 || n == 0xffff {
		n = 1
	}
	le.PutUint16(b[ofs:], n)
	for i := 1; i < count; i++ {
		copy(b[ofs+2*i:ofs+2*i+2], b[i*stride-2:])
		le.PutUint16(b[i*stride-2:], n)
	}
	return true
}

func sequenceArray(b []byte) (ofs, count int, ok bool) {
	if len(b) < stride || len(b)%stride != 0 {
		return 0, 0, false
	}
	ofs, count = int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	return ofs, count, count == 1+len(b)/stride && ofs >= 8 && ofs%2 == 0 && ofs+2*count <= stride-2
}
