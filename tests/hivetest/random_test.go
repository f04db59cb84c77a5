package hivetest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/google/go-cmp/cmp"
)

// campaign: "make campaign" wants the big figures.
func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }

// applied is a hive file with the result of an edit.
func applied(t testing.TB, b []byte, r regf.Result) []byte {
	t.Helper()
	out := make([]byte, r.Size)
	copy(out, b)
	for _, p := range r.Patches {
		if !bytes.Equal(out[p.Off:p.Off+int64(len(p.Old))], p.Old) {
			t.Fatalf("patch at %#x: old bytes are not there", p.Off)
		}
		copy(out[p.Off:], p.New)
	}
	return out
}

func editorOf(t testing.TB, b []byte) *regf.Editor {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	e, err := regf.NewEditor(h, regf.EditorOptions{Now: time.Unix(1_700_000_000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// asClean makes a hive that needs its log look as if it did not: for a test of
// editing, its content as it is in the file will do.
func asClean(b []byte) []byte {
	copy(b[8:12], b[4:8])
	regftest.Seal(b)
	return b
}

// judgeAll compares a hive with its model by the eyes of hivexregedit, of
// reglookup, of regfinfo, and of the audit.
func judgeAll(t *testing.T, b []byte, m *model, known *audit) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hive")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	a := auditHive(b)
	for _, f := range a.faults {
		if !slices.Contains(known.faults, f) {
			t.Errorf("audit: %s", f)
		}
	}
	for _, path := range a.small { // Windows XP left some behind
		if !slices.Contains(known.small, path) {
			t.Errorf("audit: key %s: a largest-of field is too small", path)
		}
	}
	before, _ := known.lost()
	if n, size := a.lost(); n > before {
		t.Errorf("%d cells of %d bytes are lost, %d were before", n, size, before)
	}
	want := m.export()
	got, err := perl.Run("hivexregedit", "--export", path, `\`)
	if err != nil {
		t.Fatalf("hivexregedit: %v", err)
	}
	sameLines(t, "hivexregedit", string(got), string(want))
	h := openHive(t, path)
	if _, err := h.Check(); err != nil || !h.State().Clean {
		t.Errorf("Check: %v, %+v", err, h.State())
	}
	ours, err := export(h.Hive)
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, "our reader", string(ours), string(want))
	root, err := h.Root()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.classes(), loadModel(t, root, nil).classes()); diff != "" {
		t.Errorf("classes: %s", diff)
	}
	judgeReglookup(t, path, m)
	if _, err := perl.Run("regfinfo", path); err != nil {
		t.Errorf("regfinfo: %v", err)
	}
}

func sameLines(t *testing.T, who, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			at := 0
			for at < len(g[i]) && at < len(w[i]) && g[i][at] == w[i][at] {
				at++
			}
			t.Logf("first difference at %d of %d and %d", at, len(g[i]), len(w[i]))
			t.Fatalf("%s: line %d of %d, wanted %d:\n   it reads %.300q\nthe model has %.300q", who, i+1, len(g), len(w), g[i], w[i])
		}
	}
	t.Fatalf("%s reads %d lines, the model has %d", who, len(g), len(w))
}

// judgeReglookup compares the paths of all keys and values, and the data of
// binary values, with what reglookup reads. Of data in segments it takes the
// wrong ones, also in hives as Windows left them (AppCompatCache of the XP one
// starts in its middle there, hivexsh has the beginning); that is not compared.
func judgeReglookup(t *testing.T, path string, m *model) {
	t.Helper()
	big := map[string]bool{}
	want := map[string]int{}
	m.each(func(m *model) {
		path := m.reglookupPath()
		want[path+",KEY"]++
		for _, v := range m.values {
			line := path + "/" + reglookupName(v.name) + "," + reglookupType(v.typ)
			if len(v.data) > 16344 {
				big[path+"/"+reglookupName(v.name)] = true
			} else if v.typ == regf.RegBinary && len(v.data) == 0 {
				line += ",(null)"
			} else if v.typ == regf.RegBinary {
				line += "," + quoted(v.data, `%,"`)
			}
			want[line]++
		}
	})
	out, err := perl.Run("reglookup", path)
	if err != nil {
		t.Fatalf("reglookup: %v", err)
	}
	got := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n")[1:] {
		f := strings.SplitN(line, ",", 4)
		if len(f) != 4 {
			t.Fatalf("reglookup: %q", line)
		}
		if f[1] == "BINARY" && !big[f[0]] {
			f[1] += "," + f[2]
		}
		got[f[0]+","+f[1]]++
	}
	for line, n := range want {
		if got[line] != n {
			t.Errorf("reglookup has %d of %.300q, want %d", got[line], line, n)
		}
	}
	for line, n := range got {
		if want[line] == 0 {
			t.Errorf("reglookup has %d of %.300q, want none", n, line)
		}
	}
}

func reglookupType(typ regf.Type) string {
	names := []string{"NONE", "SZ", "EXPAND_SZ", "BINARY", "DWORD", "DWORD_BE", "LINK", "MULTI_SZ",
		"RSRC_LIST", "RSRC_DESC", "RSRC_REQ_LIST", "QWORD"}
	if int(typ) < len(names) {
		return names[typ]
	}
	return fmt.Sprintf("0x%08X", uint32(typ))
}

func (m *model) reglookupPath() string {
	if m.parent == nil {
		return "/"
	}
	return strings.TrimSuffix(m.parent.reglookupPath(), "/") + "/" + reglookupName(m.name)
}

// reglookupName shows the bytes of a name as they are stored: it knows no
// character that is not ASCII.
func reglookupName(name string) string {
	u := utf16.Encode([]rune(name))
	latin := make([]byte, len(u))
	for i, c := range u {
		if latin[i] = byte(c); c > 0xff {
			return quoted(utf16Bytes(u), `%,"/`)
		}
	}
	return quoted(latin, `%,"/`)
}

func quoted(b []byte, special string) string {
	var out strings.Builder
	for _, c := range b {
		if c < 0x20 || c > 0x7e || strings.IndexByte(special, c) >= 0 {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

func TestRandomEdits(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup", "regfinfo")
	for i, s := range []struct {
		name         string
		edits, batch int // in the ordinary run
		many, each   int // in the campaign
	}{
		{"hives/qthivex-rigorous.xz", 1500, 250, 15_000, 500},
		{"hives/amcache-win10.hve.xz", 600, 200, 15_000, 500},
		{"bcd/win10-uefi.BCD.xz", 600, 200, 10_000, 500},
		{"bcd/win7-bios-mbr-vm.BCD.xz", 300, 300, 10_000, 500},
		{"hives/xp-sp3-x86-vmware.SYSTEM.xz", 600, 600, 10_000, 1000},
		{"hives/xp-sp3-x86-vmware.SOFTWARE.xz", 0, 0, 10_000, 2000},
		{"hives/win7-sp1-x86-vmware.SYSTEM.xz", 0, 0, 10_000, 2000},
		{"hives/win81-x64-dirty-nolog.SYSTEM.xz", 0, 0, 10_000, 2000},
		{"hives/win10-1709-x64-dirty.SYSTEM.xz", 0, 0, 10_000, 2000},
	} {
		if campaign() {
			s.edits, s.batch = s.many, s.each
		}
		if s.edits == 0 {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			b, err := os.ReadFile(realHive(t, s.name).path)
			if err != nil {
				t.Fatal(err)
			}
			randomEdits(t, asClean(b), uint64(i), s.edits, s.batch)
		})
	}
}

const seed = 20260726

func randomEdits(t *testing.T, b []byte, stream uint64, edits, batch int) {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	x := newEditing(t, h, seed, stream)
	known := auditHive(b)
	for done := 0; done < edits; done += batch {
		e := editorOf(t, b)
		for range batch {
			x.step(e)
		}
		r, err := e.Finish()
		if err != nil {
			t.Fatal(err)
		}
		b = applied(t, b, r)
		judgeAll(t, b, x.root, known)
		if t.Failed() {
			t.Fatalf("seed %d, stream %d, after %d edits", seed, stream, done+batch)
		}
	}
	t.Logf("seed %d: %d edits %v, %d keys, file of %d bytes", seed, edits, x.n, len(x.all), len(b))
}
