package probe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/iso9660"
)

type memory struct {
	b   []byte
	err error
}

func (m memory) Size() int64                        { return int64(len(m.b)) }
func (m memory) SectorSize() int                    { return 512 }
func (m memory) Flush() error                       { return nil }
func (m memory) WriteAt([]byte, int64) (int, error) { return 0, errors.New("written") }
func (m memory) ReadAt(p []byte, off int64) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	return bytes.NewReader(m.b).ReadAt(p, off)
}

// fatBoot makes a boot sector with a number of clusters of one sector.
func fatBoot(clusters uint32, wide bool) func(b []byte) {
	return func(b []byte) {
		le := binary.LittleEndian
		copy(b, "\xeb\x3c\x90MSDOS5.0")
		le.PutUint16(b[0x0b:], 512)
		b[0x0d], b[0x0e], b[0x10], b[0x15] = 1, 1, 2, 0xf8
		perFAT, root := uint32(1024), uint32(16)
		if wide {
			root = 0
			le.PutUint32(b[0x24:], perFAT)
		} else {
			le.PutUint16(b[0x11:], 16)
			le.PutUint16(b[0x16:], uint16(perFAT))
		}
		le.PutUint32(b[0x20:], 1+2*perFAT+root*32/512+clusters)
	}
}

func text(at int, s string) func(b []byte) { return func(b []byte) { copy(b[at:], s) } }

func TestDetect(t *testing.T) {
	for name, c := range map[string]struct {
		make func(b []byte)
		want fs.Kind
	}{
		"zeros":             {func([]byte) {}, fs.Empty},
		"a byte at the end": {text(4095, "x"), fs.Unknown},
		"text":              {text(0, "hello"), fs.Unknown},
		"NTFS":              {text(3, "NTFS    "), fs.NTFS},
		"exFAT":             {text(3, "EXFAT   "), fs.ExFAT},
		"ReFS":              {func(b []byte) { copy(b[3:], "ReFS\x00\x00\x00\x00"); copy(b[0x10:], "FSRS") }, fs.ReFS},
		"ReFS, half":        {text(3, "ReFS\x00\x00\x00\x00"), fs.Unknown},
		"BitLocker, Vista":  {text(0, "\xeb\x52\x90-FVE-FS-"), fs.BitLocker},
		"BitLocker, 7":      {text(0, "\xeb\x58\x90-FVE-FS-"), fs.BitLocker},
		"BitLocker To Go": {func(b []byte) {
			fatBoot(70000, true)(b)
			copy(b[3:], "MSWIN4.1")
			copy(b[0x1a8:], "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01")
		}, fs.BitLocker},
		"BitLocker To Go, used space": {func(b []byte) {
			copy(b[3:], "MSWIN4.1")
			copy(b[0x1a8:], "\x3b\x4d\xa8\x92\x80\xdd\x0e\x4d\x9e\x4e\xb1\xe3\x28\x4e\xae\xd8")
		}, fs.BitLocker},
		"FAT32 of Windows 98": {func(b []byte) { fatBoot(70000, true)(b); copy(b[3:], "MSWIN4.1") }, fs.FAT32},
		"FAT12, most":         {fatBoot(4084, false), fs.FAT12},
		"FAT16, least":        {fatBoot(4085, false), fs.FAT16},
		"FAT16, most":         {fatBoot(65524, false), fs.FAT16},
		"too many for FAT16":  {fatBoot(65525, false), fs.Unknown},
		"FAT32":               {fatBoot(65525, true), fs.FAT32},
		"FAT32, few clusters": {fatBoot(100, true), fs.FAT32},
		"CD":                  {text(16*2048+1, "CD001"), fs.ISO9660},
		"CD, hybrid":          {func(b []byte) { text(16*2048+1, "CD001")(b); text(0, "\x33\xed")(b) }, fs.ISO9660},
		"FAT over a CD":       {func(b []byte) { text(16*2048+1, "CD001")(b); fatBoot(5000, false)(b) }, fs.FAT16},
		"UDF":                 {func(b []byte) { text(16*2048+1, "BEA01")(b); text(17*2048+1, "NSR03")(b) }, fs.UDF},
		"no jump":             {func(b []byte) { fatBoot(100, false)(b); b[0] = 0x33 }, fs.Unknown},
	} {
		b := make([]byte, 40<<10)
		c.make(b)
		got, err := Detect(memory{b: b})
		if got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
		v, err := Open(memory{b: b})
		switch got {
		case fs.UDF:
			if v != nil || !errors.As(err, new(*iso9660.UDFError)) || !errors.Is(err, fs.ErrUnsupported) {
				t.Errorf("%s: Open: %v", name, err)
			}
		case fs.NTFS, fs.FAT12, fs.FAT16, fs.FAT32, fs.ISO9660:
			if v != nil || !errors.Is(err, fs.ErrDamaged) {
				t.Errorf("%s: Open: %v, want damage", name, err)
			}
		default:
			var u *UnsupportedError
			if v != nil || !errors.As(err, &u) || u.Kind != got || !errors.Is(err, fs.ErrUnsupported) {
				t.Errorf("%s: Open: %v", name, err)
			}
		}
	}
}

func TestDetectShortAndUnreadable(t *testing.T) {
	for n, want := range map[int]fs.Kind{0: fs.Empty, 100: fs.Empty, 512: fs.Empty} {
		if got, err := Detect(memory{b: make([]byte, n)}); got != want || err != nil {
			t.Errorf("%d bytes: %q, %v", n, got, err)
		}
	}
	if got, err := Detect(memory{b: []byte("x")}); got != fs.Unknown || err != nil {
		t.Errorf("a byte: %q, %v", got, err)
	}
	bad := errors.New("bad sector")
	if _, err := Detect(memory{err: bad}); !errors.Is(err, bad) {
		t.Errorf("%v", err)
	}
	if _, err := Open(memory{err: bad}); !errors.Is(err, bad) {
		t.Errorf("%v", err)
	}
}

func FuzzDetect(f *testing.F) {
	b := make([]byte, 512)
	fatBoot(5000, false)(b)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := Detect(memory{b: b}); err != nil {
			t.Error(err)
		}
		_, _ = Open(memory{b: b})
	})
}
