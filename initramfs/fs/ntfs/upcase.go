package ntfs

import (
	"fmt"
	"io"
)

// upcaseSize is the size of $UpCase: one u16 for each UTF-16 code unit.
const upcaseSize = 2 << 16

// upcaseTable folds UTF-16 code units the way the volume does: each Windows
// formats with its own table, so that no other table will do. It is the bytes
// of $UpCase.
type upcaseTable []byte

func (t upcaseTable) fold(u uint16) uint16 { return le.Uint16(t[2*int(u):]) }

// upcaseOf returns the table of the volume and reads it the first time.
func (v *Volume) upcaseOf() (upcaseTable, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.upcase != nil {
		return v.upcase, nil
	}
	s, err := v.metaStream(recordUpCase, "$UpCase")
	if err != nil {
		return nil, fmt.Errorf("$UpCase: %w", err)
	}
	if s.size != upcaseSize {
		return nil, damaged("$UpCase", 0, "%d bytes, want %d", s.size, upcaseSize)
	}
	b := make([]byte, upcaseSize)
	if _, err := s.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, err
	}
	v.upcase = b
	return v.upcase, nil
}

// collate orders file names as a directory index does: folded code units,
// then length, then the raw code units.
func (t upcaseTable) collate(a, b []uint16) int {
	if c := t.compareFold(a, b); c != 0 {
		return c
	}
	for i := range a {
		if a[i] != b[i] {
			return sign(int(a[i]) - int(b[i]))
		}
	}
	return 0
}

// compareFold compares without regard to case.
func (t upcaseTable) compareFold(a, b []uint16) int {
	for i := 0; i < min(len(a), len(b)); i++ {
		if x, y := t.fold(a[i]), t.fold(b[i]); x != y {
			return sign(int(x) - int(y))
		}
	}
	return sign(len(a) - len(b))
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
