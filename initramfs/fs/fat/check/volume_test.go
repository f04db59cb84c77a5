package check

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
)

// memory is a Device in memory.
type memory struct{ b []byte }

func (m *memory) Size() int64     { return int64(len(m.b)) }
func (m *memory) SectorSize() int { return 512 }
func (m *memory) Flush() error    { return errors.New("Flush by a format package") }
func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}
func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(m.b)) {
		return 0, errors.New("write outside")
	}
	return copy(m.b[off:], p), nil
}

const (
	sectors  = 300
	reserved = 4
	fatSize  = 3 // sectors
	data16   = reserved + 2*fatSize + 2
	data32   = reserved + 2*fatSize
)

// format makes a volume with clusters of one sector: FAT12 with a root
// directory of 32 entries, or FAT32 with FSInfo and a backup boot sector.
func format(kind fs.Kind) *memory {
	m := &memory{make([]byte, sectors*512)}
	b := m.b
	copy(b, "\xeb\x3c\x90MSDOS5.0")
	le.PutUint16(b[0x0b:], 512)
	b[0x0d], b[0x0e], b[0x10], b[0x15] = 1, reserved, 2, 0xf8
	b[510], b[511] = 0x55, 0xaa
	if kind == fs.FAT12 {
		b[0x11], b[0x16] = 32, fatSize
		le.PutUint16(b[0x13:], sectors)
		for i := range 2 {
			copy(b[(reserved+i*fatSize)*512:], "\xf8\xff\xff")
		}
		return m
	}
	b[0x24], b[0x2c], b[0x30], b[0x32] = fatSize, 2, 1, 2
	le.PutUint32(b[0x20:], sectors)
	copy(b[1024:], b[:512])
	le.PutUint32(b[512:], 0x41615252)
	le.PutUint32(b[512+0x1e4:], 0x61417272)
	le.PutUint32(b[512+0x1e8:], sectors-data32-1)
	le.PutUint32(b[512+0x1fc:], 0xaa550000)
	for i := range 2 {
		copy(b[(reserved+i*fatSize)*512:], "\xf8\xff\xff\x0f\xff\xff\xff\x0f\xff\xff\xff\x0f")
	}
	return m
}

var kinds = []fs.Kind{fs.FAT12, fs.FAT32}

func open(t testing.TB, m *memory) *fat.Volume {
	t.Helper()
	v, err := fat.Open(m)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func put(v *fat.Volume, path string, n int) error {
	return v.WriteFile(path, strings.NewReader(strings.Repeat("x", n)), int64(n))
}

// fill makes directories and files with package fat.
func fill(t testing.TB, v *fat.Volume) {
	t.Helper()
	if err := errors.Join(v.Mkdir("DIR"), v.Mkdir(`DIR\a directory`), put(v, "FILE", 1000), put(v, `DIR\a file with a long name`, 3000),
		put(v, `DIR\EMPTY`, 0), put(v, `DIR\a directory\X.Y`, 1)); err != nil {
		t.Fatal(err)
	}
}

func kindsOf(r *Report) map[Kind]bool {
	found := map[Kind]bool{}
	for _, p := range r.Problems {
		found[p.Kind] = true
	}
	return found
}

// TestPlanted finds each of a list of damages.
func TestPlanted(t *testing.T) {
	root := data32 * 512
	fatAt := func(n int) int { return reserved*512 + 4*n }
	both := func(b []byte, n int, v uint32) {
		le.PutUint32(b[fatAt(n):], v)
		le.PutUint32(b[fatAt(n)+fatSize*512:], v)
	}
	for name, c := range map[string]struct {
		damage func(b []byte)
		want   Kind
	}{
		"boot sector":        {func(b []byte) { b[0x0d] = 3 }, BootSector},
		"backup":             {func(b []byte) { b[1024+0x0d] = 2 }, BackupBoot},
		"second FAT":         {func(b []byte) { b[(reserved+fatSize)*512+40]++ }, Mirror},
		"media":              {func(b []byte) { b[reserved*512]--; b[(reserved+fatSize)*512]-- }, Media},
		"dirty FAT":          {func(b []byte) { both(b, 1, 0x07ffffff) }, Dirty},
		"dirty boot":         {func(b []byte) { b[0x41] = 1; b[1024+0x41] = 1 }, Dirty},
		"lost cluster":       {func(b []byte) { both(b, 200, 0x0fffffff) }, ClusterLost},
		"bad cluster is not": {func(b []byte) { both(b, 200, 0x0ffffff7); b[512+0x1e8]-- }, ""},
		"free count":         {func(b []byte) { b[512+0x1e8]++ }, FreeCount},
		"chain to free":      {func(b []byte) { both(b, 6, 250) }, Chain},
		"chain outside":      {func(b []byte) { both(b, 6, 5000) }, Chain},
		"loop":               {func(b []byte) { both(b, 6, 5) }, ClusterShared},
		"shared":             {func(b []byte) { le.PutUint16(b[root+32+26:], 3) }, ClusterShared},
		"size too large":     {func(b []byte) { b[root+32+29] = 0x20 }, Size},
		"size too small":     {func(b []byte) { le.PutUint32(b[root+32+28:], 5) }, Size},
		"size zero":          {func(b []byte) { le.PutUint32(b[root+32+28:], 0) }, Size},
		"no cluster":         {func(b []byte) { le.PutUint16(b[root+32+26:], 0) }, Size},
		"name twice":         {func(b []byte) { copy(b[root+32:], "DIR        ") }, ShortName},
		"lower case":         {func(b []byte) { copy(b[root+32:], "file") }, ShortName},
		"long checksum":      {func(b []byte) { b[root+512+64+13]++ }, LongName},
		"long left over":     {func(b []byte) { b[root+512+32*4] = 0xe5 }, LongName},
		"dot":                {func(b []byte) { b[root+512+26]++ }, Dot},
		"dot-dot":            {func(b []byte) { b[root+512+32+26]++ }, Dot},
	} {
		m := format(fs.FAT32)
		fill(t, open(t, m))
		if r, err := Volume(m); err != nil || !r.Sound() || r.Files != 4 || r.Directories != 3 {
			t.Fatalf("before: %+v, %v", r, err)
		}
		c.damage(m.b)
		r, err := Volume(m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := kindsOf(r); c.want == "" && !r.Sound() || c.want != "" && !got[c.want] {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
}

func TestReadError(t *testing.T) {
	m := format(fs.FAT12)
	m.b = m.b[:20*512]
	m.b[0x13], m.b[0x14] = 20, 0
	if r, err := Volume(m); err != nil || !r.Sound() {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := Volume(&memory{m.b[:100]}); err == nil {
		t.Error("100 bytes are a volume")
	}
}
