package regf_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

func TestNew(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	descriptor := append([]byte("\x01\x00\x00\x80"), make([]byte, 16)...)
	opt := regf.NewOptions{Minor: 3, RootName: "NewStoreRoot", Security: descriptor, Now: now, FileName: strings.Repeat("x", 40) + "BCD"}
	for _, minor := range []uint32{3, 5, 6} {
		opt.Minor = minor
		b, err := regf.New(opt)
		if err != nil {
			t.Fatal(err)
		}
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if s := h.State(); !s.Clean {
			t.Errorf("1.%d: %v", minor, s.Reasons)
		}
		root, err := h.Root()
		if err != nil {
			t.Fatal(err)
		}
		if sd, err := root.Security(); err != nil || !bytes.Equal(sd, descriptor) || root.Name() != opt.RootName || !root.LastWritten().Equal(now) {
			t.Errorf("1.%d: %x, %v, %q, %v", minor, sd, err, root.Name(), root.LastWritten())
		}
		if base := h.Header(); base.Minor != minor || base.FileName != strings.Repeat("x", 28)+"BCD" || !base.Timestamp.Equal(now) {
			t.Errorf("%+v", base)
		}
		e, err := regf.NewEditor(h, regf.EditorOptions{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{`Objects\a`, `Objects\B`, `Description`} {
			if err := e.CreateKey(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.SetValue("Description", "KeyName", regf.RegBinary, make([]byte, 5000)); err != nil {
			t.Fatal(err)
		}
		r, err := e.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if counts, err := e.Hive().Check(); err != nil || counts.Keys != 5 || counts.Values != 1 {
			t.Errorf("1.%d: %+v, %v", minor, counts, err)
		}
		var lists []byte
		for _, p := range r.Patches {
			lists = append(lists, p.New...)
		}
		if lf := bytes.Contains(lists, []byte("lf\x02\x00")); lf != (minor == 3) {
			t.Errorf("1.%d: lf list %v", minor, lf)
		}
	}
	for name, bad := range map[string]func(o *regf.NewOptions){
		"version":  func(o *regf.NewOptions) { o.Minor = 2 },
		"no name":  func(o *regf.NewOptions) { o.RootName = "" },
		"long":     func(o *regf.NewOptions) { o.RootName = strings.Repeat("x", 256) },
		"path":     func(o *regf.NewOptions) { o.RootName = `a\b` },
		"security": func(o *regf.NewOptions) { o.Security = nil },
	} {
		o := opt
		bad(&o)
		if _, err := regf.New(o); !errors.Is(err, regf.ErrRefused) && !errors.Is(err, regf.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
