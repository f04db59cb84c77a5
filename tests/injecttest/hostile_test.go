package injecttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
)

// made describes a driver package that a test makes; empty fields are those of a
// sound one for the controller 1af4:1001.
type made struct {
	inf, service, guid, binary, dirs, list, cabinet, subdir, values, models, version, catalog string
	copies                                                                                    []string
	tail                                                                                      string // sections behind the others
	bytes                                                                                     int    // of the catalog
}

const soundDriver = "made.sys"

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

// text is the INF.
func (m made) text() string {
	catalog := ""
	if m.catalog != "" {
		catalog = "CatalogFile=" + m.catalog
	}
	copies := append([]string{soundDriver}, m.copies...)
	list := or(m.list, strings.Join(copies, "\n"))
	values := ""
	if m.values != "" {
		values = "AddReg=V\n[V]\n" + m.values
	}
	models := `"made"=I,PCI\VEN_1AF4&DEV_1001` + "\n" + m.models
	return strings.ReplaceAll(fmt.Sprintf(`[Version]
Signature="$Windows NT$"
Class=SCSIAdapter
ClassGUID=%s
Provider="made"
DriverVer=%s
%s
[SourceDisksNames]
1="d",%s,,%s
[SourceDisksFiles]
%s
[DestinationDirs]
%s
[Manufacturer]
"made"=M,NTx86
[M]
%s
[M.NTx86]
%s
[I]
CopyFiles=C
[C]
%s
[I.Services]
AddService=%s,2,S
%s
[S]
ServiceType=1
StartType=0
ErrorControl=1
ServiceBinary=%s
LoadOrderGroup=SCSI miniport
%s
`, or(m.guid, "{4D36E97B-E325-11CE-BFC1-08002BE10318}"), or(m.version, "01/01/2020,1.0.0.0"), catalog, m.cabinet, m.subdir,
		strings.Join(copies, "=1\n")+"=1", or(m.dirs, "DefaultDestDir=12"), models, models, list,
		or(m.service, "made"), m.tail, or(m.binary, `%12%\made.sys`), values), "\n", "\r\n")
}

// write makes the package in a folder.
func (m made) write(t testing.TB, dir string, driver []byte) {
	t.Helper()
	files := map[string][]byte{or(m.inf, "made.inf"): []byte(m.text()), soundDriver: driver}
	for _, name := range m.copies {
		files[name] = driver
	}
	if m.catalog != "" {
		files[m.catalog] = []byte(strings.Repeat("0", m.bytes))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tree is the package as a medium.
func (m made) tree(t testing.TB, w *inspect.Installation) source.Tree {
	t.Helper()
	dir := t.TempDir()
	m.write(t, dir, standInOf(t, w)(soundDriver))
	return media.Folder(dir)
}

// xp is a Windows that knows nothing of the controller.
func xp(t testing.TB) (*inspect.Patient, *inspect.Installation, machine.Controller) {
	t.Helper()
	m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
	p, w := open(t, guests.MustLoad(t, "winxp-x86").Build(t), m)
	return p, w, m.Controllers[0]
}

// hostile are packages that damage or malice made, and what is said of them; a
// kind "" is a package that can be used.
var hostile = []struct {
	name string
	made made
	kind inject.Kind
	says string
}{
	{"sound", made{}, "", ""},
	{"in the package's folder", made{dirs: "DefaultDestDir=13", binary: `%13%\made.sys`}, "", ""},
	{"in system32", made{dirs: "DefaultDestDir=11", binary: `%11%\made.sys`}, "", ""},
	{"cabinet beside the INF", made{cabinet: `\made.sys`}, "", ""},
	{"by the registry's path", made{binary: `\SystemRoot\System32\drivers\made.sys`}, "", ""},
	{"below the Windows folder", made{dirs: `DefaultDestDir=10,System32\Drivers`, binary: `%10%\System32\Drivers\made.sys`}, "", ""},
	{"tag of one byte", made{values: "HKR,,Tag,1,05"}, "", ""},
	{"tag of a string", made{values: "HKR,,Tag,0,five"}, "", ""},
	{"a tag elsewhere", made{values: "HKR,Parameters,Tag,1,05", tail: "AddService=made2,0,S"}, "", ""},

	{"source leads out", made{subdir: `..\..\system32\config`}, inject.BadName, ".."},
	{"target leads out", made{list: `..\..\..\made.sys,made.sys`}, inject.BadName, ".."},
	{"folder leads out", made{dirs: `DefaultDestDir=12,..\..\..`}, inject.BadName, ".."},
	{"binary leads out", made{binary: `%12%\..\..\..\made.sys`}, inject.BadName, ".."},
	{"a stream", made{list: `a:b.sys,made.sys`}, inject.BadName, ":"},
	{"wildcards", made{list: `a*b?.sys,made.sys`}, inject.BadName, "?"},
	{"a control character", made{list: "a\x01b.sys,made.sys"}, inject.BadName, "control"},
	{"long file", made{list: strings.Repeat("f", 300) + ".sys,made.sys"}, inject.BadName, "longer"},
	{"long service", made{service: strings.Repeat("s", 300)}, inject.BadName, "longer"},
	{"service with a backslash", made{service: `a\b`}, inject.BadName, "backslash"},
	{"key with an empty part", made{values: `HKR,"Parameters\\Device",x,0x10001,1`}, inject.BadName, "empty"},
	{"key that leads out", made{values: `HKR,"..\..\Control",x,0x10001,1`}, inject.BadName, ".."},
	{"long key", made{values: `HKR,"` + strings.Repeat("k", 300) + `",x,0x10001,1`}, inject.BadName, "longer"},
	{"long value", made{values: `HKR,Parameters,"` + strings.Repeat("v", 300) + `",0x10001,1`}, inject.BadName, "longer"},
	{"id with an empty part", made{models: `"x"=I,"PCI\\VEN_1\x"`}, inject.BadName, "empty"},
	{"INF without name", made{inf: ".inf"}, inject.BadName, "dot"},
	{"into the registry's folder", made{dirs: `DefaultDestDir=11,config`}, inject.NotUnderstood, "system32"},
	{"binary in the registry's folder", made{binary: `%11%\config\made.sys`}, inject.NotUnderstood, "system32"},
	{"to the root of the volume", made{dirs: "DefaultDestDir=24", binary: `%24%\made.sys`}, inject.NotUnderstood, "system32"},
	{"to an absolute path", made{dirs: `DefaultDestDir=-1,C:\WINDOWS\system32\config`}, inject.NotUnderstood, "system32"},
	{"class that is no GUID", made{guid: "bogus"}, inject.NotUnderstood, "GUID"},

	{"many values", made{values: numbered(5000, `HKR,Parameters,"v%d",0x10001,1`)}, inject.TooLarge, "values"},
	{"large value", made{values: "HKR,Parameters,big,1," + strings.Repeat("00,", 300000) + "00"}, inject.TooLarge, "bytes"},
	{"many files", made{copies: strings.Split(numbered(501, "f%d.txt"), "\n")}, inject.TooLarge, "files"},
	{"catalog too large", made{catalog: "made.cat", bytes: 129 << 20}, inject.TooLarge, "MiB"},
	{"catalog that is none", made{catalog: "made.cat", bytes: 80 << 20}, inject.Unusable, ""},
}

func numbered(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(all, "\n")
}

// TestHostilePackages: each is refused with a sentence, nothing panics, and a sound
// package on another medium or on the same one is taken all the same.
func TestHostilePackages(t *testing.T) {
	p, w, c := xp(t)
	sound := made{service: "sound", version: "01/01/2010,1.0.0.0"}
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			bad := tt.made.tree(t, w)
			p.Media = []source.Tree{bad}
			offer, err := inject.For(p, w, c)
			if tt.kind == "" {
				if err != nil {
					t.Fatal(err)
				}
				steps, err := inject.Steps(w, offer.Drivers...)
				if err != nil || len(steps) == 0 {
					t.Errorf("%d steps, %v", len(steps), err)
				}
				return
			}
			need, ok := inject.IsNeed(err)
			if !ok {
				t.Fatalf("offer %v, %v; want %s", offer, err, tt.kind)
			}
			refused(t, need.Refusals, tt.kind, tt.says)

			p.Media = []source.Tree{bad, sound.tree(t, w)}
			if offer, err = inject.For(p, w, c); err != nil {
				t.Fatalf("with a sound package beside it: %v", err)
			}
			if offer.Names()[0] != "sound" {
				t.Errorf("got %q", offer.Names())
			}
			refused(t, offer.Refusals, tt.kind, tt.says)
		})
	}
	t.Logf("%d packages", len(hostile))
}

func refused(t *testing.T, all []*inject.Refusal, kind inject.Kind, says string) {
	t.Helper()
	if len(all) == 0 {
		t.Fatal("nothing is refused")
	}
	if r := all[len(all)-1]; r.Kind != kind || !strings.Contains(r.Sentence, says) || !strings.Contains(r.Sentence, "Provide") || strings.Contains(r.Sentence, "\n") {
		t.Errorf("%s: %s; want %s with a word about %q", r.Kind, r.Sentence, kind, says)
	}
}

// TestBestOfAllMedia: the better package is taken wherever it lies; between equals
// the medium that is named first counts.
func TestBestOfAllMedia(t *testing.T) {
	p, w, c := xp(t)
	older := made{service: "older", version: "01/01/2010,1.0.0.0"}
	newer := made{service: "newer"}
	same := made{service: "same"}
	for _, tt := range []struct {
		media []made
		want  string
	}{
		{[]made{older, newer}, "newer"}, {[]made{newer, older}, "newer"},
		{[]made{newer, same}, "newer"}, {[]made{same, newer}, "same"},
	} {
		p.Media = nil
		for _, m := range tt.media {
			p.Media = append(p.Media, m.tree(t, w))
		}
		offer, err := inject.For(p, w, c)
		if err != nil {
			t.Fatal(err)
		}
		if got := offer.Names()[0]; got != tt.want {
			t.Errorf("%s first: got %s, want %s", tt.media[0].service, got, tt.want)
		}
	}
}

// TestFolders: packages whose INF has the same name get folders of their own, the
// same package the same one, and files of others there stay.
func TestFolders(t *testing.T) {
	_, w, c := xp(t)
	folder := func(w *inspect.Installation, m made) (string, []step.Step) {
		t.Helper()
		offer, err := inject.For(&inspect.Patient{Media: []source.Tree{m.tree(t, w)}}, w, c)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := inject.Steps(w, offer.Drivers...)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			if f, ok := s.(step.WriteFile); ok && strings.EqualFold(source.Ext(f.Path), ".inf") {
				return f.Path[:strings.LastIndexByte(f.Path, '\\')], steps
			}
		}
		t.Fatal("no INF is written")
		return "", nil
	}
	first := made{inf: "oemsetup.inf", service: "one"}
	at, _ := folder(w, first)
	if again, _ := folder(w, first); again != at {
		t.Errorf("%s, then %s", at, again)
	}
	if other, _ := folder(w, made{inf: "oemsetup.inf", service: "two"}); other == at {
		t.Errorf("two packages in %s", at)
	}
	if odd, _ := folder(w, made{inf: "a;%b%.inf"}); !strings.Contains(odd, `\a__b_-`) {
		t.Errorf("a;%%b%%.inf goes to %s", odd)
	}
	g := guests.MustLoad(t, "winxp-x86")
	n, _ := g.SystemHive()
	m := machineOf(c)
	_, w = open(t, g.With(n, guests.Entry{Kind: guests.File, Path: at + `\oemsetup.inf`, Data: []byte("somebody's")}).Build(t), m)
	beside, steps := folder(w, first)
	if beside != at+"-2" {
		t.Errorf("with files of somebody in %s it goes to %s", at, beside)
	}
	for _, s := range steps {
		if f, ok := s.(step.WriteFile); ok && f.Old != nil {
			t.Errorf("replaces %s", f.Path)
		}
	}
}

// failing panics where it is opened, as a reader with a fault would.
type failing struct {
	source.Tree
	at string
}

func (f failing) Open(path string) (source.File, error) {
	if strings.EqualFold(source.Ext(path), f.at) {
		panic("a fault of the program")
	}
	return f.Tree.Open(path)
}

// TestPanics: a fault that one package brings out is about that package.
func TestPanics(t *testing.T) {
	p, w, c := xp(t)
	for _, at := range []string{".inf", ".sys"} {
		p.Media = []source.Tree{failing{made{}.tree(t, w), at}, made{service: "sound"}.tree(t, w)}
		offer, err := inject.For(p, w, c)
		if err != nil {
			t.Fatal(at, err)
		}
		said := fmt.Sprint(offer.Problems)
		for _, r := range offer.Refusals {
			said += r.Error()
		}
		if offer.Names()[0] != "sound" || !strings.Contains(said, "a fault of the program") {
			t.Errorf("%s: %q, said %s", at, offer.Names(), said)
		}
	}
}

// FuzzINF plans with whatever an INF says. What is planned stays below the system
// root; it may be refused, it may not panic.
func FuzzINF(f *testing.F) {
	for _, tt := range hostile {
		if text := tt.made.text(); len(text) < 20000 {
			f.Add(text)
		}
	}
	_, w, c := xp(f)
	driver, ids, target := standInOf(f, w)(soundDriver), bootchain.CatalogDevice(c).IDs(), inject.Target(w)
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		made{}.write(t, dir, driver)
		if err := os.WriteFile(filepath.Join(dir, "made.inf"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := source.Open(media.Folder(dir), "made.inf")
		if err != nil {
			return
		}
		matches, _ := source.Best([]*source.Package{p}, ids, target)
		for _, m := range matches {
			drivers, err := inject.FromMatch(m, ids)
			if err != nil {
				continue
			}
			steps, err := inject.Steps(w, drivers...)
			var r *inject.Refusal
			if err != nil && !errors.As(err, &r) {
				t.Logf("no refusal: %v", err)
			}
			for _, s := range steps {
				d := s.Describe()
				if strings.Contains(d.File+`\`+d.Key+`\`, `\..\`) {
					t.Errorf("leads out: %s", d)
				}
			}
		}
	})
}
