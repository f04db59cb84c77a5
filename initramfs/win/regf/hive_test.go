package regf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/google/go-cmp/cmp"
)

var le = binary.LittleEndian

func open(t testing.TB, b []byte) *regf.Hive {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// sample is a hive in which every feature of the reader occurs.
func sample() regftest.Key {
	return regftest.Key{Name: "$$$PROTO.HIV", Keys: []regftest.Key{
		{Name: "Select", Values: []regftest.Value{regftest.DWORD("Current", 1)}},
		{Name: "größe", Class: "class name", Values: []regftest.Value{
			regftest.SZ("", "default"),
			regftest.MultiSZ("List", "one", "two"),
			regftest.Binary("empty"),
			regftest.Binary("long", bytes.Repeat([]byte{1, 2, 3, 4, 5}, 8000)...),
			{Name: "junk", Type: 1, Data: regftest.UTF16("text\x00rest")},
			{Name: "odd", Type: 0x40007, Data: []byte{1, 2, 3}},
		}},
		{Name: "Ключ", Values: []regftest.Value{regftest.ExpandSZ("имя", `%SystemRoot%\x`)}},
		{Name: "Services", Keys: []regftest.Key{
			{Name: "atapi", Values: []regftest.Value{regftest.DWORD("Start", 4), regftest.SZ("ImagePath", `system32\drivers\atapi.sys`)}},
			{Name: "Disk", Values: []regftest.Value{regftest.DWORD("Start", 0)}},
		}},
	}}
}

func layouts() map[string]regftest.Options {
	return map[string]regftest.Options{
		"1.3 lf":    {Minor: 3, List: "lf"},
		"1.4 li":    {Minor: 4, List: "li"},
		"1.5 lh":    {Minor: 5, List: "lh"},
		"1.5 ri lh": {Minor: 5, List: "lh", PerLeaf: 1},
		"1.6 ri li": {Minor: 6, List: "li", PerLeaf: 3, Tail: 777},
	}
}

func TestRead(t *testing.T) {
	all := layouts()
	all["1.1"] = regftest.Options{Minor: 1, List: "li"}
	all["1.1 ri"] = regftest.Options{Minor: 1, List: "li", PerLeaf: 2}
	all["1.2"] = regftest.Options{Minor: 2, List: "li"}
	for name, opt := range all {
		t.Run(name, func(t *testing.T) {
			h := open(t, regftest.Build(sample(), opt))
			if s := h.State(); !s.Clean || s.Reasons != nil {
				t.Errorf("state %+v, want clean", s)
			}
			n, err := h.Check()
			if err != nil || n != (regf.Counts{Keys: 7, Values: 11}) {
				t.Errorf("Check = %+v, %v", n, err)
			}
			k, err := h.Key(`\GRÖSSE`)
			if !errors.Is(err, regf.ErrNotExist) {
				t.Errorf("Key(GRÖSSE) = %v, %v: ß has no upper case of one unit", k, err)
			}
			if k, err = h.Key("GRÖßE"); err != nil {
				t.Fatal(err)
			}
			if class, err := k.Class(); class != "class name" || err != nil {
				t.Errorf("Class = %q, %v", class, err)
			}
			checkValues(t, k)
			if sd, err := k.Security(); len(sd) != 20 || err != nil {
				t.Errorf("Security = %x, %v", sd, err)
			}
			sub, err := h.Key(`КЛЮЧ`)
			if err != nil {
				t.Fatal(err)
			}
			v, err := sub.Value("ИМЯ")
			if err != nil {
				t.Fatal(err)
			}
			if s, err := v.Text(); s != `%SystemRoot%\x` || err != nil || v.Type() != regf.RegExpandSZ {
				t.Errorf("Text = %q, %v, type %v", s, err, v.Type())
			}
		})
	}
}

func checkValues(t *testing.T, k *regf.Key) {
	t.Helper()
	value := func(name string) *regf.Value {
		v, err := k.Value(name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if s, err := value("").Text(); s != "default" || err != nil {
		t.Errorf("default value = %q, %v", s, err)
	}
	if s, err := value("junk").Text(); s != "text" || err != nil {
		t.Errorf("junk = %q, %v: want what is before the NUL", s, err)
	}
	if l, err := value("list").MultiString(); err != nil || !cmp.Equal(l, []string{"one", "two"}) {
		t.Errorf("List = %q, %v", l, err)
	}
	if b, err := value("EMPTY").Data(); len(b) != 0 || err != nil {
		t.Errorf("empty = %x, %v", b, err)
	}
	if b, err := value("long").Data(); err != nil || !bytes.Equal(b, bytes.Repeat([]byte{1, 2, 3, 4, 5}, 8000)) {
		t.Errorf("long: %d bytes, %v", len(b), err)
	}
	if v := value("odd"); v.Type() != 0x40007 || v.Type().String() != "type 0x40007" || v.Len() != 3 {
		t.Errorf("odd: type %v, %d bytes", v.Type(), v.Len())
	}
	if _, err := value("odd").DWORD(); !errors.Is(err, regf.ErrType) {
		t.Errorf("DWORD of another type: %v", err)
	}
	if _, err := k.Value("absent"); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("absent value: %v", err)
	}
}

// TestOffsets builds a hive's first cells by hand and asserts each field's
// place in the file.
func TestOffsets(t *testing.T) {
	b := make([]byte, 8192)
	copy(b, "regf")
	le.PutUint32(b[0x04:], 7)
	le.PutUint32(b[0x08:], 7)
	le.PutUint64(b[0x0c:], 116444736000000000+10_000_000) // 1 s after 1970
	le.PutUint32(b[0x14:], 1)
	le.PutUint32(b[0x18:], 5)
	le.PutUint32(b[0x24:], 0x20)
	le.PutUint32(b[0x28:], 4096)
	copy(b[0x30:], regftest.UTF16("SYSTEM"))
	regftest.Seal(b)
	copy(b[0x1000:], "hbin")
	le.PutUint32(b[0x1008:], 4096)
	nk := b[0x1020:]
	le.PutUint32(nk, 0xffffffff-0x58+1)
	copy(nk[4:], "nk\x2c\x00")
	le.PutUint64(nk[4+0x04:], 116444736000000000)
	le.PutUint32(nk[4+0x24:], 1)
	le.PutUint32(nk[4+0x28:], 0x78) // value list
	le.PutUint32(nk[4+0x30:], 0xffffffff)
	le.PutUint16(nk[4+0x48:], 1)
	nk[4+0x4c] = 'R'
	le.PutUint32(b[0x1078:], 0xfffffff8)
	le.PutUint32(b[0x107c:], 0x80) // vk
	vk := b[0x1080:]
	le.PutUint32(vk, 0xffffffe0)
	copy(vk[4:], "vk\x05\x00\x04\x00\x00\x80\x02\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00Start")

	h := open(t, b)
	head := h.Header()
	if head.FileName != "SYSTEM" || head.Timestamp.Unix() != 1 || head.Seq1 != 7 || head.BinsSize != 4096 || head.RootOffset != 0x20 {
		t.Errorf("header %+v", head)
	}
	root, err := h.Root()
	if err != nil {
		t.Fatal(err)
	}
	if root.Name() != "R" || root.Offset() != 0x1020 || root.LastWritten().Unix() != 0 {
		t.Errorf("root %q at %#x, written %v", root.Name(), root.Offset(), root.LastWritten())
	}
	v, err := root.Value("start")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := v.DWORD(); n != 2 || err != nil || v.Offset() != 0x1080 {
		t.Errorf("Start = %d, %v at %#x", n, err, v.Offset())
	}
	e, err := regf.NewEdit(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Set("", "Start", regf.RegDWORD, []byte{0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	patches, err := e.Patches()
	if err != nil || len(patches) != 2 || patches[0].Off != 0x108c || patches[1].Off != 4 {
		t.Errorf("patches %+v, %v: want the resident byte at 0x108c and the base block from 4", patches, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	with := func(off int, n uint32) []byte {
		b := regftest.Build(sample(), regftest.Options{})
		le.PutUint32(b[off:], n)
		return b
	}
	for name, tc := range map[string]struct {
		file []byte
		want error
		text string
	}{
		"empty":       {nil, regf.ErrShort, "0 bytes"},
		"short":       {with(0, 0x66676572)[:4000], regf.ErrShort, "4000 bytes"},
		"short other": {[]byte("MZ......"), regf.ErrSignature, "4d 5a"},
		"zero":        {make([]byte, 8192), regf.ErrSignature, "zero"},
		"Windows 98":  {append([]byte("CREG"), make([]byte, 8000)...), regf.ErrSignature, "95/98/Me"},
		"log inside":  {append([]byte("HvLE"), make([]byte, 8000)...), regf.ErrSignature, "transaction log"},
		"log":         {with(0x1c, 6), regf.ErrUnsupported, "file type 6"},
		"before NT":   {with(0x18, 0), regf.ErrUnsupported, "1.0"},
		"future":      {with(0x14, 2), regf.ErrUnsupported, "2.5"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := regf.Open(bytes.NewReader(tc.file), int64(len(tc.file)))
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %v with %q", err, tc.want, tc.text)
			}
		})
	}
}

func TestState(t *testing.T) {
	for name, tc := range map[string]struct {
		damage func(b []byte) []byte
		want   string
	}{
		"sequence":  {func(b []byte) []byte { le.PutUint32(b[8:], 9); regftest.Seal(b); return b }, "sequence numbers differ (1, 9)"},
		"checksum":  {func(b []byte) []byte { b[0x1fc] ^= 1; return b }, "checksum"},
		"truncated": {func(b []byte) []byte { return b[:len(b)-4096] }, "hbins end at"},
		"bins size": {func(b []byte) []byte { le.PutUint32(b[0x28:], 5000); regftest.Seal(b); return b }, "no multiple of 4096"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, tc.damage(regftest.Build(sample(), regftest.Options{})))
			s := h.State()
			if s.Clean || len(s.Reasons) != 1 || !strings.Contains(s.Reasons[0], tc.want) {
				t.Errorf("state %+v, want the one reason %q", s, tc.want)
			}
			if _, err := regf.NewEdit(h); !errors.Is(err, regf.ErrDirty) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("NewEdit: %v", err)
			}
		})
	}
}

func TestChecksum(t *testing.T) {
	b := make([]byte, 512)
	if got := regf.Checksum(b); got != 1 {
		t.Errorf("checksum of zeros = %#x, want 1", got)
	}
	le.PutUint32(b[100:], 0xffffffff)
	if got := regf.Checksum(b); got != 0xfffffffe {
		t.Errorf("checksum of ones = %#x, want 0xfffffffe", got)
	}
	le.PutUint32(b[0x1f8:], 0x12345678)
	le.PutUint32(b[0x1fc:], 0x55555555) // the checksum's own place does not count
	if got := regf.Checksum(b); got != 0xffffffff^0x12345678 {
		t.Errorf("checksum = %#x", got)
	}
}
