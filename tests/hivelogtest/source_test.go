package hivelogtest

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/hivesource"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// memory is a volume of files: path with slashes, in lower case, to content.
type memory map[string][]byte

type memoryFile struct {
	*bytes.Reader
	info fs.Info
}

func (f memoryFile) Info() fs.Info                 { return f.info }
func (f memoryFile) Extents() ([]fs.Extent, error) { return nil, nil }

func (memory) Kind() fs.Kind { return fs.NTFS }

func (m memory) Stat(p string) (fs.Info, error) {
	f, err := m.Open(p)
	if err != nil {
		return fs.Info{}, err
	}
	return f.Info(), nil
}

func clean(p string) string { return strings.ToLower(strings.Join(fs.SplitPath(p), "/")) }

func (m memory) Open(p string) (fs.File, error) {
	b, ok := m[clean(p)]
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: %w", p, fs.ErrNotExist)
	case string(b) == "encrypted":
		return nil, fmt.Errorf("%s: encrypted: %w", p, fs.ErrUnsupported)
	}
	return memoryFile{bytes.NewReader(b), fs.Info{Name: path.Base(p), Size: int64(len(b)), Modified: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}}, nil
}

func (m memory) ReadDir(p string) ([]fs.Info, error) {
	dirs := map[string]bool{}
	for name := range m {
		if rest, ok := strings.CutPrefix(name, clean(p)+"/"); ok {
			first, _, more := strings.Cut(rest, "/")
			dirs[first] = dirs[first] || more
		}
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("%s: %w", p, fs.ErrNotExist)
	}
	var all []fs.Info
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		info := fs.Info{Name: name}
		if dirs[name] {
			info.Attributes = fs.AttrDirectory
		}
		all = append(all, info)
	}
	return all, nil
}

// day is a FILETIME in 2010.
func day(n int) uint64 {
	return uint64(time.Date(2010, 1, n, 0, 0, 0, 0, time.UTC).Unix()+11_644_473_600) * 10_000_000
}

// system is a small SYSTEM hive whose root key was changed on a day of 2010.
func system(n int) []byte {
	b := regftest.Build(regftest.Key{Name: "root", Keys: []regftest.Key{
		{Name: "Select", Values: []regftest.Value{regftest.DWORD("Current", 1)}},
		{Name: "Setup", Values: []regftest.Value{regftest.DWORD("SystemSetupInProgress", 0)}},
		{Name: "ControlSet001", Keys: []regftest.Key{{Name: "Services", Keys: []regftest.Key{{Name: "atapi"}, {Name: "disk"}}}}},
	}}, regftest.Options{})
	for off := 4096; off+12 < len(b); off += 4 { // all keys: the builder's own time is in 2014
		if string(b[off:off+2]) == "nk" {
			le.PutUint64(b[off+4:], day(1))
		}
		if string(b[off:off+2]) == "sk" { // the builder counts one use
			le.PutUint32(b[off+12:], 7)
		}
	}
	root := 4096 + int(le.Uint32(b[0x24:])) + 4
	le.PutUint64(b[root+4:], day(n))
	return b
}

func rpLog(name string, n int) []byte {
	b := make([]byte, 536)
	copy(b[16:], regftest.UTF16(name))
	le.PutUint64(b[528:], day(n))
	return b
}

const points = "system volume information/_restore{0a-1b}/"

func TestSources(t *testing.T) {
	damaged := system(20)
	damaged[4096] = 'x' // hbin signature
	lost := system(20)
	clear(lost[4096:])
	dirty := system(25)
	dirty[8]--
	checksum(dirty)
	volume := memory{
		"windows/system32/config/system":                  lost,
		"windows/system32/config/system.log":              {},
		"windows/system32/config/system.alt":              dirty,
		"windows/system32/config/system.sav":              system(2),
		"windows/system32/config/regback/system":          {},
		"windows/system32/config/regback/system.old":      damaged,
		"windows/repair/system":                           system(3),
		"windows/repair/regback/system":                   []byte(strings.Repeat("encrypted", 1)),
		"windows/repair/system._":                         []byte("SZDD\x88\xf0\x27\x33A"),
		points + "rp7/snapshot/_registry_machine_system":  system(7),
		points + "rp7/rp.log":                             rpLog("System Checkpoint", 8),
		points + "rp12/snapshot/_registry_machine_system": system(12),
		points + "rp12/rp.log":                            []byte("short"),
		points + "rp13/snapshot/_registry_machine_sam":    system(13),
		points + "rpx/snapshot/_registry_machine_system":  system(14),
		points + "drivetable.txt":                         {},
	}
	got, err := hivesource.Find(volume, `\Windows`, "system")
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		path    string
		quality hivesource.Quality
		day     int
		reason  string
	}{
		{`\Windows\System32\config\SYSTEM.alt`, hivesource.Whole, 25, "not completed"},
		{`_restore{0a-1b}\rp12\snapshot`, hivesource.Whole, 12, "rp.log says nothing"},
		{`_restore{0a-1b}\rp7\snapshot`, hivesource.Whole, 7, `"System Checkpoint", was made on 2010-01-08`},
		{`\Windows\System32\config\RegBack\SYSTEM.OLD`, hivesource.Mendable, 20, "can all be mended"},
		{`\Windows\repair\SYSTEM`, hivesource.Whole, 3, "installed after 2010-01-03"},
		{`\Windows\System32\config\SYSTEM.sav`, hivesource.Whole, 2, "installed after"},
		{`\Windows\System32\config\SYSTEM`, hivesource.Useless, 0, "cannot be mended"},
		{`\Windows\System32\config\RegBack\SYSTEM`, hivesource.Useless, 0, "1803"},
		{`\Windows\repair\SYSTEM._`, hivesource.Useless, 0, "compressed"},
		{`\Windows\repair\RegBack\SYSTEM`, hivesource.Useless, 0, "encrypted"},
	}
	for i, c := range got {
		t.Logf("%d: %s, %s, %s, %s, %d keys, %d mends: %s", i, c.Path, c.Kind, c.Quality, c.Written.Format(time.DateOnly), c.Keys, c.Mends, strings.Join(c.Reasons, "; "))
	}
	if len(got) != len(want) {
		t.Fatalf("%d candidates, want %d", len(got), len(want))
	}
	for i, w := range want {
		c := got[i]
		if !strings.Contains(c.Path, w.path) || c.Quality != w.quality || w.day != 0 && c.Written.Day() != w.day || !strings.Contains(strings.Join(c.Reasons, "; "), w.reason) {
			t.Errorf("%d: %+v, want %+v", i, c, w)
		}
		if w.quality != hivesource.Useless && c.Keys != 7 {
			t.Errorf("%d: %d keys", i, c.Keys)
		}
	}
}

// TestLogsAsSource: the hive is gone or torn, its logs hold it.
func TestLogsAsSource(t *testing.T) {
	hive := system(9)
	pages := map[uint32][]byte{}
	for off := 4096; off < len(hive); off += 4096 {
		pages[uint32(off-4096)] = hive[off : off+4096]
	}
	e := fullEntry(5, uint32(len(hive)-4096), pages)
	head := bytes.Clone(hive[:512])
	le.PutUint32(head[4:], 5)
	le.PutUint32(head[8:], 5)
	le.PutUint32(head[28:], 6)
	checksum(head)
	newLog := append(head, e...)
	for name, volume := range map[string]memory{
		"missing": {"windows/system32/config/system.log1": newLog},
		"empty":   {"windows/system32/config/system.log1": newLog, "windows/system32/config/system": {}},
		"zeros":   {"windows/system32/config/system.log2": newLog, "windows/system32/config/system": make([]byte, len(hive))},
	} {
		got, err := hivesource.Find(volume, `\Windows`, "SYSTEM")
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		if c := got[0]; c.Kind != hivesource.Own || c.Quality != hivesource.Whole || c.Written.Day() != 9 || c.Keys != 7 {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// fullEntry is a log entry with whole pages.
func fullEntry(seq, bins uint32, pages map[uint32][]byte) []byte {
	b := append([]byte("HvLE"), make([]byte, 36)...)
	var data []byte
	for _, off := range slices.Sorted(maps.Keys(pages)) {
		b = le.AppendUint32(le.AppendUint32(b, off), uint32(len(pages[off])))
		data = append(data, pages[off]...)
	}
	b = append(b, data...)
	b = append(b, make([]byte, (512-len(b)%512)%512)...)
	for off, v := range map[int]uint32{4: uint32(len(b)), 12: seq, 16: bins, 20: uint32(len(pages))} {
		le.PutUint32(b[off:], v)
	}
	rehash(b)
	return b
}

func TestNoSource(t *testing.T) {
	got, err := hivesource.Find(memory{}, `\Windows`, "SOFTWARE")
	if err != nil || len(got) != 1 || got[0].Quality != hivesource.Useless || len(got[0].Reasons) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := hivesource.Find(memory{}, `\Windows`, "NTUSER.DAT"); err == nil {
		t.Error("a hive of a user was looked for")
	}
	// A hive of another kind is none.
	got, err = hivesource.Find(memory{"windows/repair/software": system(3)}, `\Windows`, "SOFTWARE")
	if err != nil || len(got) != 2 || got[1].Quality != hivesource.Useless && got[0].Quality != hivesource.Useless {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRealSources: the damaged SYSTEM hive of an XP, and a good one in repair.
func TestRealSources(t *testing.T) {
	volume := memory{
		"windows/system32/config/system": real(t, "hives/xp-sp3-x86-corrupted.SYSTEM.xz"),
		"windows/repair/regback/system":  real(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz"),
	}
	got, err := hivesource.Find(volume, `\WINDOWS`, "SYSTEM")
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	for _, c := range got {
		t.Logf("%s: %s, %s, %d keys, %d mends: %s", c.Path, c.Quality, c.Written, c.Keys, c.Mends, strings.Join(c.Reasons, "; "))
	}
	if got[0].Kind != hivesource.Backup || got[0].Quality != hivesource.Whole || got[0].Keys != 11057 {
		t.Errorf("first: %+v", got[0])
	}
	if got[1].Kind != hivesource.Own || got[1].Quality != hivesource.Partial || got[1].Lost < 50 {
		t.Errorf("second: %+v", got[1])
	}
}
