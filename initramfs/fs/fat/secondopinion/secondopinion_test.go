package secondopinion

import (
	"bytes"
	"errors"
	"testing"
)

// floppy is a FAT12 volume of 40 sectors with one file, in clusters 2 and 4.
func floppy() []byte {
	b := make([]byte, 40*512)
	copy(b, "\xeb\x3c\x90MSDOS5.0\x00\x02\x01\x01\x00\x02\x10\x00\x28\x00\xf0\x01\x00")
	b[0x26], b[510], b[511] = 0x29, 0x55, 0xaa
	for _, fat := range []int{512, 1024} {
		// 0, 1, then 2 → 4, 3 free, 4 ends
		copy(b[fat:], "\xf0\xff\xff\x04\x00\x00\xff\x0f")
	}
	copy(b[1536:], "FILE    TXT\x20")
	b[1536+0x1a] = 2
	b[1536+0x1c], b[1536+0x1d] = 0x58, 0x02 // 600 bytes
	copy(b[2048:], bytes.Repeat([]byte{'2'}, 512))
	copy(b[2048+1024:], bytes.Repeat([]byte{'4'}, 512))
	return b
}

func TestReadFile(t *testing.T) {
	want := append(bytes.Repeat([]byte{'2'}, 512), bytes.Repeat([]byte{'4'}, 88)...)
	if got, err := ReadFile(bytes.NewReader(floppy()), `\file.txt`, 600); !bytes.Equal(got, want) || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if got, err := ReadFile(bytes.NewReader(floppy()), `\file.txt`, 599); got != nil || !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestReadFileErrors: what is no volume, or a damaged one, is an error.
func TestReadFileErrors(t *testing.T) {
	patched := func(at int, b ...byte) []byte {
		v := floppy()
		copy(v[at:], b)
		return v
	}
	for name, b := range map[string][]byte{"nothing": nil, "short": floppy()[:100], "zeros": make([]byte, 4096), "truncated": floppy()[:2100],
		"loop": patched(512+6, 0x02, 0), "chain too short": patched(512+3, 0xff, 0x0f), "start outside": patched(1536+0x1a, 0xff),
		"three FATs": patched(0x10, 3), "no sectors per cluster": patched(0x0d, 0), "is a directory": patched(1536+0x0b, 0x10)} {
		if got, err := ReadFile(bytes.NewReader(b), `\file.txt`, 1000); err == nil || got != nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for _, path := range []string{`\`, "", `\none`, `\file.txt\x`} {
		if got, err := ReadFile(bytes.NewReader(floppy()), path, 1000); err == nil || got != nil {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	if _, err := ReadFile(nil, `\x`, 100); !errors.Is(err, ErrPanic) {
		t.Errorf("%v", err)
	}
}

// FuzzReadFile changes bytes of the floppy: position (u16) and value each.
func FuzzReadFile(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 6, 2})
	f.Fuzz(func(t *testing.T, patch []byte) {
		b := floppy()
		for ; len(patch) >= 3; patch = patch[3:] {
			b[(int(patch[0])<<8|int(patch[1]))%2048] = patch[2]
		}
		_, _ = ReadFile(bytes.NewReader(b), `\file.txt`, 10_000)
		_, _ = ReadFile(bytes.NewReader(b), `\file.txt\x`, 10_000)
	})
}
