package fat

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// TestNewNames are the 8.3 names of new files, and what else is stored.
func TestNewNames(t *testing.T) {
	var got []string
	d := &directory{b: make([]byte, 100*entrySize)}
	names := []string{"NTLDR", "ntldr2", "BOOT.INI", "boot2.ini", "Boot3.ini", "boot4.INI", "Config.Sys",
		"a long name.text", "a long name 2.text", "a long name 3.text", "a long name 4.text", "a long name 5.text",
		"x.tar.gz", ".profile", "a+b.c", "日本", "~1", "ÄRGER.TXT", "two words", "A.B", "12345678.123", "123456789", "X.1234"}
	for _, name := range names {
		n, err := d.nameFor(name)
		if err != nil {
			t.Fatal(name, err)
		}
		at, _ := d.room(longSlots(n.long) + 1)
		d.put(at, n, make(entry, entrySize))
		got = append(got, fmt.Sprintf("%s %02x %d", n.raw, n.flags, longSlots(n.long)))
		if it := d.find(strings.ToUpper(name)); it == nil || it.name() != name {
			t.Errorf("%s: found %+v", name, it)
		}
	}
	want := []string{"NTLDR       00 0", "NTLDR2      08 0", "BOOT    INI 00 0", "BOOT2   INI 18 0", "BOOT3   INI 00 1", "BOOT4   INI 08 0", "CONFIG  SYS 00 1",
		"ALONGN~1TEX 00 2", "ALONGN~2TEX 00 2", "ALONGN~3TEX 00 2", "ALONGN~4TEX 00 2", "AL25EA~1TEX 00 2",
		"XTAR~1  GZ  00 1", "PROFIL~1    00 1", "A_B~1   C   00 1", "__~1        00 1", "~1          00 0", "_RGER~1 TXT 00 1", "TWOWOR~1    00 1", "A       B   00 0", "12345678123 00 0", "123456~1    00 1", "X~1     123 00 1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var listed []string
	for it := range d.items {
		listed = append(listed, it.name())
	}
	if d := cmp.Diff(names, listed); d != "" {
		t.Error(d)
	}
}

// TestManyAlike gives 2,000 names that differ at their end only.
func TestManyAlike(t *testing.T) {
	d := &directory{b: make([]byte, 2000*4*entrySize)}
	seen := map[[11]byte]bool{}
	for i := range 2000 {
		n, err := d.nameFor(fmt.Sprintf("the same beginning %d.dat", i))
		if err != nil || seen[n.raw] {
			t.Fatal(i, string(n.raw[:]), err)
		}
		seen[n.raw] = true
		at, _ := d.room(longSlots(n.long) + 1)
		d.put(at, n, make(entry, entrySize))
	}
}

// TestShownNames are 8.3 names as others have stored them.
func TestShownNames(t *testing.T) {
	for raw, c := range map[string]struct {
		flags byte
		want  string
	}{
		"FILE    TXT":     {0, "FILE.TXT"},
		"FILE    TXT ":    {lowerBase, "file.TXT"},
		"FILE    TXT  ":   {lowerExt, "FILE.txt"},
		"FILE       ":     {lowerBase | lowerExt, "file"},
		"A B     C D":     {0, "A B.C D"},
		"\x05ABC       ":  {0, "ÕABC"},
		"\x8eRGER   TXT":  {0, "ÄRGER.TXT"},
		"\x8eRGER   TXT ": {lowerBase, "ärger.TXT"},
		"A/B     \x01  ":  {0, "A_B._"},
	} {
		d := &directory{b: make([]byte, 2*entrySize)}
		copy(d.slot(0), raw[:11])
		d.slot(0)[0x0c] = c.flags
		d.slot(0)[0x0b] = 0x20
		for it := range d.items {
			if got := it.name(); got != c.want {
				t.Errorf("%q: %q, want %q", raw, got, c.want)
			}
		}
		if it := d.find(c.want); it == nil && !strings.Contains(c.want, "_") {
			t.Errorf("%q is not found", c.want)
		}
	}
}

// TestLeftOverLongNames: pieces that do not belong to the entry behind them
// are ignored, and new entries do not take them for theirs.
func TestLeftOverLongNames(t *testing.T) {
	name := fs.EncodeName("A name of three slots, that is long.txt")
	build := func(patch func(d *directory)) string {
		d := &directory{b: make([]byte, 8*entrySize)}
		d.put(0, newName{raw: [11]byte([]byte("ANAMEO~1TXT")), long: name}, make(entry, entrySize))
		patch(d)
		for it := range d.items {
			return it.name()
		}
		return "nothing"
	}
	for what, c := range map[string]struct {
		patch func(d *directory)
		want  string
	}{
		"sound":             {func(d *directory) {}, "A name of three slots, that is long.txt"},
		"renamed by DOS":    {func(d *directory) { copy(d.slot(3), "OTHER   ") }, "OTHER.TXT"},
		"checksum":          {func(d *directory) { d.slot(1)[longChecksum]++ }, "ANAMEO~1.TXT"},
		"order":             {func(d *directory) { d.slot(1)[0] = 1 }, "ANAMEO~1.TXT"},
		"piece missing":     {func(d *directory) { d.slot(2)[0] = slotDeleted }, "ANAMEO~1.TXT"},
		"first missing":     {func(d *directory) { d.slot(0)[0] = slotDeleted }, "ANAMEO~1.TXT"},
		"number too high":   {func(d *directory) { d.slot(0)[0] = 0x40 | 21 }, "ANAMEO~1.TXT"},
		"type":              {func(d *directory) { d.slot(0)[longType] = 1 }, "ANAMEO~1.TXT"},
		"ends early":        {func(d *directory) { le.PutUint16(d.slot(2)[1:], 0) }, "ANAMEO~1.TXT"},
		"a slash":           {func(d *directory) { le.PutUint16(d.slot(2)[1:], '/') }, "ANAMEO~1.TXT"},
		"label between":     {func(d *directory) { copy(d.slot(4), d.slot(3)); d.slot(3)[0x0b] = attrLabel }, "ANAMEO~1.TXT"},
		"only long":         {func(d *directory) { d.slot(3)[0] = slotDeleted }, "nothing"},
		"two long names":    {func(d *directory) { copy(d.b[4*32:], d.b[:4*32]); d.slot(3)[0] = slotDeleted }, "A name of three slots, that is long.txt"},
		"lone surrogate":    {func(d *directory) { le.PutUint16(d.slot(2)[1:], 0xd83d) }, "\xed\xa0\xbd name of three slots, that is long.txt"},
		"surrogates paired": {func(d *directory) { le.PutUint16(d.slot(2)[1:], 0xd83d); le.PutUint16(d.slot(2)[3:], 0xde00) }, "😀name of three slots, that is long.txt"},
	} {
		if got := build(c.patch); got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
	d := &directory{b: make([]byte, 8*entrySize)}
	n := newName{raw: [11]byte([]byte("ANAMEO~1TXT"))}
	d.put(0, newName{raw: n.raw, long: name}, make(entry, entrySize))
	d.slot(3)[0] = slotDeleted
	at, _ := d.room(1)
	d.put(at, n, make(entry, entrySize))
	for it := range d.items {
		if got := it.name(); got != "ANAMEO~1.TXT" || at != 4 {
			t.Errorf("in slot %d: %q", at, got)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, c := range []struct{ set, want time.Time }{
		{now, now.Truncate(2 * time.Second)},
		{time.Time{}, time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)},
		{time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2107, 12, 31, 23, 59, 58, 0, time.UTC)},
	} {
		e := make(entry, entrySize)
		e.setCreated(c.set)
		if got := e.modified(); !got.Equal(c.want) {
			t.Errorf("%v: %v", c.set, got)
		}
	}
	e := make(entry, entrySize)
	e.setCreated(now)
	if e[0x0d] != 150 || !e.modified().Equal(now.Truncate(2*time.Second)) {
		t.Errorf("% x", e)
	}
	if clear(e); !e.modified().IsZero() {
		t.Error("a time out of nothing")
	}
}

func TestEntryOfFAT16(t *testing.T) {
	e := make(entry, entrySize)
	le.PutUint16(e[0x14:], 0x1234) // extended attributes
	e.setCluster(fs.FAT16, 0x567)
	if e.cluster(fs.FAT16) != 0x567 || le.Uint16(e[0x14:]) != 0x1234 {
		t.Errorf("% x", e)
	}
	e.setCluster(fs.FAT32, 0x89abcde)
	if e.cluster(fs.FAT32) != 0x89abcde {
		t.Errorf("% x", e)
	}
}
