package secondopinion

import (
	"bytes"
	"errors"
	"testing"
)

// TestReadFileErrors: what is no volume is an error, never a panic. Reading
// sound volumes is tested with those of ntfs-3g and Windows below tests.
func TestReadFileErrors(t *testing.T) {
	boot := make([]byte, 4096)
	copy(boot, "\xeb\x52\x90NTFS    ")
	boot[0x0c], boot[0x0d], boot[0x40] = 2, 8, 0xf6
	zero := bytes.Clone(boot)
	zero[0x0d] = 0
	huge := bytes.Clone(boot)
	huge[0x0d] = 0x81
	record := bytes.Clone(boot)
	record[0x40] = 0x80
	for name, b := range map[string][]byte{"nothing": nil, "short": boot[:100], "zeros": make([]byte, 4096), "no $MFT": boot,
		"no sectors per cluster": zero, "clusters too large": huge, "records too large": record} {
		if got, err := ReadFile(bytes.NewReader(b), `\x`, 100); err == nil || got != nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	if _, err := ReadFile(nil, `\x`, 100); !errors.Is(err, ErrPanic) {
		t.Errorf("%v", err)
	}
}

// badAfter gives an error behind its first bytes.
type badAfter struct {
	*bytes.Reader
	err error
}

func (b badAfter) ReadAt(p []byte, off int64) (int, error) {
	if off > 0 {
		return 0, b.err
	}
	return b.Reader.ReadAt(p, off)
}

// TestReadErrorIsKept: the library drops the errors of the device.
func TestReadErrorIsKept(t *testing.T) {
	boot := make([]byte, 4096)
	copy(boot, "\xeb\x52\x90NTFS    ")
	boot[0x0c], boot[0x0d], boot[0x30], boot[0x40] = 2, 8, 4, 0xf6
	bad := errors.New("bad sector")
	if got, err := ReadFile(badAfter{bytes.NewReader(boot), bad}, `\x`, 100); got != nil || !errors.Is(err, bad) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
