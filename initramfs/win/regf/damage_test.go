package regf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// TestDamage breaks one field of a hive and wants a *FormatError that names
// structure and place, and the rest still readable.
func TestDamage(t *testing.T) {
	services := regftest.Key{Keys: []regftest.Key{
		{Name: "a", Values: []regftest.Value{regftest.SZ("text", "some text")}},
		{Name: "b", Values: []regftest.Value{regftest.DWORD("n", 1)}},
		{Name: "big", Values: []regftest.Value{regftest.Binary("d", bytes.Repeat([]byte("x"), 40000)...)}},
	}}
	find := func(b []byte, sig string, nth int) int {
		pos := 4096
		for ; ; nth-- {
			i := bytes.Index(b[pos:], []byte(sig))
			if i < 0 {
				panic("no " + sig)
			}
			if pos += i; nth == 0 {
				return pos
			}
			pos++
		}
	}
	for name, tc := range map[string]struct {
		sig    string // of the cell to break
		nth    int
		field  int // from the signature
		n      uint32
		strukt string
		text   string
	}{
		"root is no nk":          {"nk", 0, 0, 0x6b6d, "nk", "wrong signature"},
		"cell is free":           {"nk", 1, -4, 88, "nk", "not allocated"},
		"cell size odd":          {"nk", 1, -4, 0xffffffff - 85, "nk", "no multiple of 8"},
		"cell too long":          {"nk", 1, -4, 0x80000008, "nk", "past the hbins"},
		"name too long":          {"nk", 1, 72, 0x1000, "nk", "longer than the cell"},
		"list offset odd":        {"nk", 0, 28, 0x1234567, "subkey list", "outside"},
		"list offset in header":  {"nk", 0, 28, 8, "subkey list", "outside"},
		"too many subkeys":       {"nk", 0, 20, 0x10000000, "nk", "room"},
		"one subkey too many":    {"nk", 0, 20, 4, "nk", "another length"},
		"one subkey too few":     {"nk", 0, 20, 2, "lh", "more entries"},
		"list signature":         {"lh", 0, 0, 0x36968, "subkey list", "wrong signature"},
		"list count":             {"lh", 0, 2, 0xffff, "lh", "more entries"},
		"loop":                   {"lh", 0, 4, 0x50, "nk", "listed twice"},
		"value count":            {"nk", 1, 36, 0xffffff, "nk", "more values"},
		"value list nowhere":     {"nk", 1, 40, 0xffffffff, "value list", "outside"},
		"value signature":        {"vk", 0, 0, 0x9006b77, "vk", "wrong signature"},
		"value name too long":    {"vk", 0, 2, 0x14ff00, "vk", "longer"},
		"data longer than cell":  {"vk", 0, 4, 100, "data", "shorter"},
		"data nowhere":           {"vk", 0, 8, 0x10000000, "data", "outside"},
		"data huge":              {"vk", 0, 4, 0x7fffffff, "vk", "too long"},
		"resident too long":      {"vk", 0, 4, 0x80000005, "vk", "too long"},
		"big data is none":       {"db", 0, 0, 0x36263, "db", "wrong signature"},
		"big data count":         {"db", 0, 2, 2, "db", "number of segments"},
		"big data list nowhere":  {"db", 0, 4, 0x12, "db list", "outside"},
		"big data segment short": {"db", 0, 4, 0x20, "db segment", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := regftest.Build(services, regftest.Options{})
			if name == "loop" { // to the root
				root := le.Uint32(b[0x24:])
				tc.n = root
			}
			le.PutUint32(b[find(b, tc.sig, tc.nth)+tc.field:], tc.n)
			h := open(t, b)
			_, err := h.Check()
			var fe *regf.FormatError
			if !errors.As(err, &fe) || !errors.Is(err, regf.ErrDamaged) {
				t.Fatalf("Check: %v, want a *FormatError", err)
			}
			if fe.Struct != tc.strukt || !strings.Contains(fe.Reason, tc.text) || fe.Off < 4096 {
				t.Errorf("got %v, want %s: %s", fe, tc.strukt, tc.text)
			}
			if _, err := regf.Diff(h, h); err == nil {
				t.Error("Diff accepts the hive")
			}
		})
	}
}

// TestPartial reads around one key that is broken.
func TestPartial(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{})
	h := open(t, b)
	k, err := h.Key(`Services\atapi`)
	if err != nil {
		t.Fatal(err)
	}
	copy(b[k.Offset()+4:], "xx")
	h = open(t, b)
	services, err := h.Key("Services")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := services.Subkeys()
	if len(keys) != 1 || keys[0].Name() != "Disk" || !errors.Is(err, regf.ErrDamaged) {
		t.Errorf("Subkeys = %v, %v: want Disk and the reason", keys, err)
	}
	if _, err := services.Subkey("disk"); err != nil {
		t.Errorf("sound neighbour: %v", err)
	}
	if _, err := services.Subkey("atapi"); !errors.Is(err, regf.ErrDamaged) || errors.Is(err, regf.ErrNotExist) {
		t.Errorf("broken key: %v, must be damage and not absence", err)
	}
}

// TestShared lets many keys share one list and many values one cell: each is
// sound by itself, together they would cost the square of the hive.
func TestShared(t *testing.T) {
	var keys []regftest.Key
	var values, small []regftest.Value
	for i := range 300 {
		small = append(small, regftest.DWORD(fmt.Sprint(i), 0))
		keys = append(keys, regftest.Key{Name: fmt.Sprint(i), Values: []regftest.Value{regftest.SZ("v", "shared")}})
		values = append(values, regftest.Binary(fmt.Sprint(i), bytes.Repeat([]byte("x"), 400)...))
	}
	for name, tc := range map[string]struct {
		root  regftest.Key
		sig   string
		field int64
		text  string
	}{
		"data":   {regftest.Key{Values: append(values, regftest.Binary("big", bytes.Repeat([]byte("x"), 16000)...))}, "vk", 4, "more data"},
		"values": {regftest.Key{Keys: append(keys, regftest.Key{Name: "z", Values: small})}, "nk", 36, "more values"},
	} {
		t.Run(name, func(t *testing.T) {
			b := regftest.Build(tc.root, regftest.Options{Minor: 3})
			// The last cell of the kind is the largest: all others get its
			// count or length and the offset behind it.
			first, last := bytes.Index(b, []byte(tc.sig)), bytes.LastIndex(b, []byte(tc.sig))
			src := bytes.Clone(b[int64(last)+tc.field:][:8])
			for pos := first + 1; pos < last; pos++ { // not the first: it is the root
				if string(b[pos:pos+2]) == tc.sig {
					copy(b[int64(pos)+tc.field:], src)
				}
			}
			_, err := open(t, b).Check()
			if !errors.Is(err, regf.ErrDamaged) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("Check = %v, want %q", err, tc.text)
			}
		})
	}
}

// failing is a file with a range that cannot be read.
type failing struct {
	b        []byte
	from, to int64
}

var errMedium = errors.New("medium error")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off < f.to && f.from < off+int64(len(p)) {
		return 0, errMedium
	}
	if off >= int64(len(f.b)) {
		return 0, io.EOF
	}
	n := copy(p, f.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// TestReadError keeps input/output errors apart from damage.
func TestReadError(t *testing.T) {
	b := regftest.Build(sample(), regftest.Options{})
	f := failing{b, 0x8000, 0x8200}
	h, err := regf.Open(f, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Check(); !errors.Is(err, errMedium) || errors.Is(err, regf.ErrDamaged) {
		t.Errorf("Check = %v, want %v and no damage", err, errMedium)
	}
	if _, err := regf.Open(failing{b, 0, 1}, int64(len(b))); !errors.Is(err, errMedium) {
		t.Errorf("Open = %v", err)
	}
	// A reader that is shorter than it says.
	h, err = regf.Open(bytes.NewReader(b[:0x6000]), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Check(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Check = %v", err)
	}
}

func TestWalkOrderAndSkip(t *testing.T) {
	h := open(t, regftest.Build(sample(), regftest.Options{}))
	var paths []string
	err := h.Walk(func(path string, k *regf.Key, err error) error {
		paths = append(paths, path)
		if k.Name() == "Services" {
			return regf.SkipKey
		}
		return err
	})
	if got := fmt.Sprintf("%q", paths); err != nil || got != `["" "größe" "Select" "Services" "Ключ"]` {
		t.Errorf("walk = %s, %v", got, err)
	}
	stop := errors.New("stop")
	if err := h.Walk(func(string, *regf.Key, error) error { return stop }); err != stop {
		t.Errorf("walk = %v, want the callback's error", err)
	}
}

func TestDepth(t *testing.T) {
	k := regftest.Key{Name: "deepest"}
	for range 600 {
		k = regftest.Key{Name: "d", Keys: []regftest.Key{k}}
	}
	h := open(t, regftest.Build(k, regftest.Options{}))
	n, err := h.Check()
	if !errors.Is(err, regf.ErrDamaged) || n.Keys != 513 {
		t.Errorf("Check = %+v, %v: want 513 keys, then too deep", n, err)
	}
}
