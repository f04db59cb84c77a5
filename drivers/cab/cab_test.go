package cab_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/bootmend/bootmend/drivers/cab"
)

func open(b []byte, o cab.Options) (*cab.Cabinet, error) {
	return cab.Open(bytes.NewReader(b), int64(len(b)), o)
}

// read is the content of a file or the error.
func read(c *cab.Cabinet, i int) (string, error) {
	r, err := c.Open(c.Files[i])
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), err
}

// stored is a cabinet of two folders, files listed out of order.
func stored() tcab {
	return tcab{
		reserve: true, headRes: 20, folderRes: 3, blockRes: 5,
		folders: []tfolder{{blocks: []tblock{{"abcdefgh", 8, 1}, {"ijklmnop", 8, 0}}}, {blocks: []tblock{{"second__", 8, 2}}}},
		files: []tfile{
			{name: "tail.sys", size: 10, off: 6},
			{name: "DIR\\two.sys", size: 6, folder: 1, attr: 0x21},
			{name: "head.sys", size: 6},
			{name: "caf\xe9", size: 3, off: 2},
			{name: "caf\u00e9", size: 0, off: 16, attr: 0x80},
		},
	}
}

func TestStored(t *testing.T) {
	c, err := open(stored().build(), cab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range c.Files {
		names = append(names, f.Name)
	}
	if want := []string{"head.sys", "caf\u00e9", "tail.sys", "caf\u00e9", `DIR\two.sys`}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if f := c.Files[4]; f.Folder() != 1 || f.Base() != "two.sys" || f.Attributes != cab.ReadOnly|cab.Archive || f.Method() != cab.Stored ||
		!f.Modified.Equal(time.Date(2030, 2, 3, 4, 5, 6, 0, time.UTC)) {
		t.Errorf("%+v", f)
	}
	if c.Set != 77 || len(c.Reserved) != 20 || c.Missing != nil {
		t.Errorf("%+v", c.Header)
	}
	want := []string{"abcdef", "cde", "ghijklmnop", "", "second"}
	// In order, backwards, and the same one twice.
	for _, i := range []int{0, 1, 2, 3, 4, 4, 3, 2, 1, 0, 2, 2} {
		if got, err := read(c, i); err != nil || got != want[i] {
			t.Errorf("%s: %q, want %q, %v", names[i], got, want[i], err)
		}
	}
	r, _ := c.Open(c.Files[2])
	if err := iotest.TestReader(r, []byte(want[2])); err != nil {
		t.Error(err)
	}
	if r, _ = c.Open(c.Files[0]); r != nil {
		c.Open(c.Files[1])
		if _, err := r.Read(make([]byte, 1)); err == nil {
			t.Error("a file can be read after another was opened")
		}
	}
}

// set is a set of three; a stored block is cut in the middle.
func set() []tcab {
	return []tcab{
		{next: "b.cab\x00disk 2\x00", folders: []tfolder{
			{blocks: []tblock{{"first___", 8, 1}}},
			{blocks: []tblock{{"0123", 4, 1}, {"45", 0, 0}}}},
			files: []tfile{{name: "first", size: 8}, {name: "long", size: 12, folder: 0xfffe}, {name: "in one", size: 4, folder: 1}}},
		{prev: "a.cab\x00\x00", next: "c.cab\x00\x00", index: 1, folders: []tfolder{{blocks: []tblock{{"6", 0, 0}}}},
			files: []tfile{{name: "long", size: 12, folder: 0xffff}}},
		{prev: "b.cab\x00\x00", index: 2, folders: []tfolder{{blocks: []tblock{{"7", 4, 0}, {"89ab", 4, 1}}}, {blocks: []tblock{{"last", 4, 0}}}},
			files: []tfile{{name: "long", size: 12, folder: 0xfffd}, {name: "end", size: 3, off: 9, folder: 0}, {name: "last", size: 4, folder: 1}}},
	}
}

func opener(parts map[string][]byte) func(string) (io.ReaderAt, int64, error) {
	return func(name string) (io.ReaderAt, int64, error) {
		b, ok := parts[name]
		if !ok {
			return nil, 0, errors.New("not here")
		}
		return bytes.NewReader(b), int64(len(b)), nil
	}
}

func TestSet(t *testing.T) {
	s := set()
	parts := map[string][]byte{"a.cab": s[0].build(), "b.cab": s[1].build(), "c.cab": s[2].build()}
	want := []string{"first=first___", "long=0123456789ab", "in one=0123", "end=9ab", "last=last"}
	for name := range parts {
		c, err := open(parts[name], cab.Options{Part: opener(parts)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, f := range c.Files {
			text, err := read(c, i)
			if err != nil {
				t.Fatalf("from %s: %v", name, err)
			}
			got = append(got, f.Name+"="+text)
		}
		if !slices.Equal(got, want) || c.Missing != nil {
			t.Errorf("from %s: %q, want %q", name, got, want)
		}
	}
}

func TestSetIncomplete(t *testing.T) {
	s := set()
	other := s[1]
	other.index = 7
	for what, c := range map[string]struct {
		part  map[string][]byte
		start int
		want  string // what is read
		cause string
	}{
		"nothing else":     {nil, 0, "first___,-,0123", "not here"},
		"middle alone":     {nil, 1, "-", "not here"},
		"last alone":       {nil, 2, "-,-,last", "not here"},
		"first two":        {map[string][]byte{"b.cab": s[1].build()}, 0, "first___,-,0123", "not here"},
		"no cabinet":       {map[string][]byte{"b.cab": []byte("MZ not a cabinet, and long enough to be one of them")}, 0, "first___,-,0123", "4d 5a"},
		"cabinet number 7": {map[string][]byte{"b.cab": other.build()}, 0, "first___,-,0123", "number 7"},
	} {
		t.Run(what, func(t *testing.T) {
			cabinet, err := open(s[c.start].build(), cab.Options{Part: opener(c.part)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range cabinet.Files {
				text, err := read(cabinet, i)
				if err != nil {
					if text = "-"; !errors.Is(err, cab.ErrPart) || !strings.Contains(err.Error(), c.cause) {
						t.Errorf("%v", err)
					}
				}
				got = append(got, text)
			}
			if strings.Join(got, ",") != c.want || len(cabinet.Missing) == 0 {
				t.Errorf("%q, want %q; %v", got, c.want, cabinet.Missing)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	good := stored().build()
	put := func(at int, n byte) []byte { b := slices.Clone(good); b[at] = n; return b }
	quantum := stored()
	quantum.folders[1].method = 0x1572
	lzx := stored()
	lzx.folders[1].method = 0x0e03
	big := stored()
	big.files[1].size = 0xffffffff
	sum := stored()
	sum.folders[1].blocks[0].sum = 5
	short := stored()
	short.folders[1].blocks[0].plain = 9
	for name, c := range map[string]struct {
		b    []byte
		want error
		text string
	}{
		"empty": {nil, cab.ErrNotCabinet, "0 bytes"}, "text": {bytes.Repeat([]byte("text"), 20), cab.ErrNotCabinet, "74 65"},
		"version": {put(25, 2), cab.ErrNotCabinet, "version 2.3"}, "no folders": {put(26, 0), cab.ErrDamaged, "0 folders"},
		"no files": {put(28, 0), cab.ErrDamaged, "0 files"}, "many folders": {put(27, 255), cab.ErrDamaged, "ends here"},
		"many files": {put(29, 255), cab.ErrDamaged, ""}, "files nowhere": {put(19, 255), cab.ErrDamaged, "behind the end"},
		"cut off": {good[:len(good)-4], cab.ErrDamaged, "ends here"}, "Quantum": {quantum.build(), cab.ErrMethod, "Quantum"},
		"window": {lzx.build(), cab.ErrDamaged, "2^14"}, "too large": {big.build(), cab.ErrDamaged, "at most"},
		"checksum": {sum.build(), cab.ErrDamaged, "checksum"}, "sizes": {short.build(), cab.ErrDamaged, "stored as 8 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			cabinet, err := open(c.b, cab.Options{})
			if err == nil {
				_, err = read(cabinet, 4)
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want %v with %q", err, c.want, c.text)
			}
		})
	}
}

func TestFind(t *testing.T) {
	one, two := stored().build(), set()[2].build()
	b := slices.Concat([]byte("MZ MSCF "), make([]byte, 70000), one, []byte("gap"), two, make([]byte, 100))
	var at []int64
	for c, err := range cab.Find(bytes.NewReader(b), int64(len(b)), cab.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, c.Offset)
		if got, err := read(c, len(c.Files)-1); err != nil || got != "second" && got != "last" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if want := []int64{70008, int64(70011 + len(one))}; !slices.Equal(at, want) {
		t.Errorf("found at %d, want %d", at, want)
	}
}

// TestFindMany: a file that is made of headers.
func TestFindMany(t *testing.T) {
	c := stored()
	c.folders, c.files = c.folders[:1], c.files[:1]
	b := bytes.Repeat(c.build(), 2000)
	found, failed := 0, error(nil)
	for _, err := range cab.Find(bytes.NewReader(b), int64(len(b)), cab.Options{}) {
		if err != nil {
			failed = err
			continue
		}
		found++
	}
	if found != 1024 || !errors.Is(failed, cab.ErrDamaged) {
		t.Errorf("%d cabinets, %v", found, failed)
	}
	b = bytes.Repeat([]byte("MSCF"), 2<<20)
	for _, failed = range cab.Find(bytes.NewReader(b), int64(len(b)), cab.Options{}) {
	}
	if !errors.Is(failed, cab.ErrDamaged) {
		t.Errorf("nothing but magic numbers: %v", failed)
	}
	// Across the border of the pieces in which is searched.
	for gap := 65530; gap < 65542; gap++ {
		b := append(make([]byte, gap), c.build()...)
		n := 0
		for c, err := range cab.Find(bytes.NewReader(b), int64(len(b)), cab.Options{}) {
			if err != nil || c.Offset != int64(gap) {
				t.Errorf("at %d: %v, %v", gap, c, err)
			}
			n++
		}
		if n != 1 {
			t.Errorf("at %d: %d cabinets", gap, n)
		}
	}
}
