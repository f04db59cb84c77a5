package bootinitest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/win/bootini"
	"github.com/bootmend/bootmend/tests/realdata"
)

// samples reads the boot.ini files of real machines.
func samples(t *testing.T) map[string][]byte {
	t.Helper()
	dir := filepath.Join(realdata.Dir(t), "text", "bootini")
	files, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("SKIP-REALDATA text/bootini: collection of real data not present")
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()[:2]] = data
	}
	if len(all) < 12 {
		t.Fatalf("%d files in %s", len(all), dir)
	}
	return all
}

func TestSamplesComeBack(t *testing.T) {
	all := samples(t)
	for name, data := range all {
		if got := bootini.Parse(data).Bytes(); !bytes.Equal(got, data) {
			t.Errorf("%s comes back as %q", name, got)
		}
	}
	t.Logf("%d files", len(all))
}

// menu is a boot.ini as it was read by eye.
type menu struct {
	Timeout  int // -99: none
	Default  string
	Entries  []string // path|title|switches
	Chosen   int      // entry of default=, -1: none
	Problems []bootini.Problem
}

func menuOf(f *bootini.File) menu {
	m := menu{Timeout: -99, Chosen: -1}
	if n, ok := f.Timeout(); ok {
		m.Timeout = n
	}
	m.Default, _ = f.Default()
	chosen := f.DefaultEntry()
	for i, e := range f.Entries() {
		var words []string
		for _, s := range e.Switches() {
			words = append(words, s.String())
		}
		m.Entries = append(m.Entries, e.Path()+"|"+e.Title()+"|"+strings.Join(words, " "))
		if chosen != nil && *chosen == *e {
			m.Chosen = i
		}
	}
	for _, p := range f.Problems() {
		m.Problems = append(m.Problems, p.Problem)
	}
	return m
}

func TestSamplesAreUnderstood(t *testing.T) {
	const (
		p1w = `multi(0)disk(0)rdisk(0)partition(1)\WINDOWS`
		p2w = `multi(0)disk(0)rdisk(0)partition(2)\WINDOWS`
		p1n = `multi(0)disk(0)rdisk(0)partition(1)\WINNT`
		sig = `signature(f55cf55c)disk(0)rdisk(0)partition(1)\WINDOWS`
		sg2 = `signature(c5b6c5b6)disk(2)rdisk(0)partition(1)\WINDOWS.0`
	)
	want := map[string]menu{
		"01": {3, p2w, []string{p2w + "|Microsoft Windows XP Professional|/noexecute=optin /fastdetect", `C:\CMDCONS\BOOTSECT.DAT|Microsoft Windows Recovery Console|/cmdcons`}, 0, nil},
		"02": {2, p2w, []string{`C:\CMDCONS\BOOTSECT.DAT|Microsoft Windows Recovery Console|/cmdcons`, p2w + "|Microsoft Windows XP Home Edition|/noexecute=optin /fastdetect"}, 1, nil},
		"04": {30, p2w, []string{p2w + "|Microsoft Windows XP Professional|/NOEXECUTE=OPTIN /FASTDETECT", p1w + "|Microsoft Windows XP Professional|/FASTDETECT /NOEXECUTE=OPTIN"}, 0, nil},
		"05": {30, p2w, []string{p2w + "|Microsoft Windows XP Professional|/fastdetect /NoExecute=OptIn"}, 0, nil},
		"07": {30, p2w, []string{p2w + "|Microsoft Windows XP Home Edition|/noexecute=optin /fastdetect", `C:\wubildr.mbr|Ubuntu Netbook Remix|`}, 0, nil},
		"08": {15, p2w, []string{p2w + "|Microsoft Windows XP Professional|/fastdetect", `c:\wubildr.mbr|Ubuntu|`}, 0, nil},
		"10": {30, sig, []string{sig + "|Microsoft Windows XP Home Edition|/fastdetect"}, 0, nil},
		"11": {1, sg2, []string{sg2 + "|Microsoft Windows XP Professional|/noexecute=optin /fastdetect"}, 0, nil},
		"13": {-99, p1w, []string{p1n + "|Microsoft Windows XP Home Edition|/noexecute=optin /fastdetect"}, -1, []bootini.Problem{bootini.DefaultUnknown}},
		"14": {30, p1n, []string{p1n + "|Microsoft Windows 2000 Professional|/fastdetect"}, 0, nil},
		"16": {30, p1n, []string{p1n + "|Microsoft Windows 2000 Professional|/fastdetect", p1n + "|Windows 2000 Checked|/fastdetect /kernel=ntoskrnl.chk /hal=halacpi.chk"}, 0, nil},
		"17": {3, p1n, []string{p1n + "|Microsoft Windows XP Professional|/noexecute=optin /fastdetect"}, 0, nil},
	}
	for name, data := range samples(t) {
		w, ok := want[name]
		if !ok {
			t.Errorf("sample %s was never read by eye", name)
			continue
		}
		if diff := cmp.Diff(w, menuOf(bootini.Parse(data))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSamplesAreEdited: partition(2) becomes (7) by the editor and by the
// stream editor of the test; both have to agree on every byte.
func TestSamplesAreEdited(t *testing.T) {
	edited := 0
	for name, data := range samples(t) {
		f := bootini.Parse(data)
		for _, e := range f.Entries() {
			a, err := e.ARC()
			if err != nil {
				continue
			}
			a.Partition += 5
			if err := f.Retarget(e, a); err != nil {
				t.Fatal(err)
			}
			edited++
		}
		want := bytes.NewBuffer(nil)
		chosen := bootini.Parse(data).DefaultEntry() != nil
		for _, l := range bytes.SplitAfter(data, []byte("\n")) {
			if chosen || !bytes.HasPrefix(l, []byte("default=")) {
				l = bytes.ReplaceAll(l, []byte("partition(1)"), []byte("partition(6)"))
				l = bytes.ReplaceAll(l, []byte("partition(2)"), []byte("partition(7)"))
			}
			want.Write(l)
		}
		if name == "04" || name == "16" {
			continue // two entries, of which only the first takes default= along: see TestRetarget
		}
		if diff := cmp.Diff(want.String(), string(f.Bytes())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	t.Logf("%d entries", edited)
}
