package actiontest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// document is the JSON of a run, as far as these tests ask.
type document struct {
	Error    string
	ExitCode int `json:"exit_code"`
	Actions  []struct {
		Name, Argument, Windows, Title, State string
		Notes                                 []string
		Steps                                 []struct{ Action, File, Key, Value, Old, New string }
	}
	Findings []struct{ ID, Result, Summary string }
	Result   *struct {
		Committed bool
		UndoID    string `json:"undo_id"`
	}
}

// want runs the command with --json and checks its exit code.
func want(t *testing.T, code int, args ...string) document {
	t.Helper()
	r := built.Run(t, append(args, "--json")...)
	if r.Code != code {
		t.Fatalf("want exit %d: %v", code, r)
	}
	var d document
	r.Decode(t, &d)
	return d
}

// patient is a guest and its image.
type patient struct {
	guest *guests.Guest
	image string
}

// newPatient builds a guest; one with a boot manager gets a store that starts its
// Windows, as bcdboot would have made it.
func newPatient(t *testing.T, name string, change ...func(*guests.Guest) *guests.Guest) patient {
	t.Helper()
	g := guests.MustLoad(t, name)
	for _, c := range change {
		g = c(g)
	}
	for _, path := range storePaths {
		if number, e := g.Find(0, path); e != nil {
			g = g.With(number, guests.Entry{Kind: guests.File, Path: e.Path, Data: storeFor(t, g, number)})
		}
	}
	return patient{g, g.Build(t)}
}

var storePaths = []string{`\Boot\BCD`, `\EFI\Microsoft\Boot\BCD`}

// loader is the GUID of the loader object in the stores that storeFor makes.
const loader = "{b7000000-0000-4000-8000-00000000c0de}"

func guid(t *testing.T, s string) bcd.GUID {
	t.Helper()
	id, err := bcd.ParseGUID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// identity is how a store names a partition of a guest.
func identity(t *testing.T, g *guests.Guest, number int) bcd.Identity {
	t.Helper()
	p := g.Partition(number)
	if g.GPT {
		return bcd.GPTIdentity(guid(t, p.GUID), guid(t, g.ID))
	}
	signature, err := strconv.ParseUint(g.ID, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return bcd.MBRIdentity(uint32(signature), uint64(p.Start))
}

// storeFor builds a store.
func storeFor(t *testing.T, g *guests.Guest, system int) []byte {
	t.Helper()
	windows, _ := g.SystemHive()
	o := bcd.BuildOptions{Firmware: bcd.BIOS, Version: winver.Version{Major: 6, Minor: 1, Build: 7601}, System: identity(t, g, system), OS: identity(t, g, windows), Loader: guid(t, loader)}
	if g.GPT {
		o.Firmware, o.Version = bcd.UEFI, winver.Version{Major: 10, Build: 16299}
	}
	b, err := bcd.Build(o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Hive
}

// read gives a file of the image by foreign tools, which judge its volume too.
func (p patient) read(t *testing.T, path string) []byte {
	t.Helper()
	return p.readAll(t, path)[0]
}

// readAll reads files that the guest has; each volume is judged once.
func (p patient) readAll(t *testing.T, paths ...string) (all [][]byte) {
	t.Helper()
	volumes := map[int]string{}
	for _, path := range paths {
		number, e := p.guest.Find(0, path)
		if e == nil {
			t.Fatalf("%s has no %s", p.guest.Name, path)
		}
		part := p.guest.Partition(number)
		file, structure := oracle.NTFSFile, oracle.NTFSStructure
		if part.FS == "vfat" {
			file, structure = oracle.FATFile, oracle.FATStructure
		}
		if volumes[number] == "" {
			volumes[number] = oracle.Volume(t, p.image, part)
			defer os.Remove(volumes[number])
			if err := structure(volumes[number]); err != nil {
				t.Error(err)
			}
		}
		data, err := file(volumes[number], e.Path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// state is everything that actions change, as foreign readers see it: boot.ini
// line by line, and every key and value of SYSTEM and of the store.
func (p patient) state(t *testing.T) []string {
	t.Helper()
	_, system := p.guest.SystemHive()
	paths := slices.DeleteFunc(append(slices.Clone(storePaths), system.Path, `\boot.ini`), func(path string) bool {
		_, e := p.guest.Find(0, path)
		return e == nil
	})
	var all []string
	for i, data := range p.readAll(t, paths...) {
		if paths[i] == `\boot.ini` {
			all = append(all, strings.SplitAfter(string(data), "\n")...)
			continue
		}
		lines, err := oracle.RegExport(oracle.HiveFile(t, data))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines...)
	}
	return all
}

// hash is that of the disk.
func (p patient) hash(t *testing.T) string {
	t.Helper()
	h, err := oracle.HashDisk(p.image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask runs repair with actions.
func (p patient) ask(t *testing.T, code int, actions ...string) document {
	t.Helper()
	args := []string{"repair", "--yes", p.image}
	for _, a := range actions {
		args = append(args, "--action", a)
	}
	return want(t, code, args...)
}

// undo takes the last repair back.
func (p patient) undo(t *testing.T) {
	t.Helper()
	if r := built.Run(t, "undo", "--yes", p.image); r.Code != command.ExitOK {
		t.Fatal(r)
	}
}

// nothingBeside fails where something is left beside the image.
func (p patient) nothingBeside(t *testing.T) {
	t.Helper()
	if left, _ := filepath.Glob(p.image + "?*"); len(left) > 0 {
		t.Errorf("left beside the image: %v", left)
	}
}

// same compares lines that changed with what is expected of them: every line
// has to contain its word, in any order.
func same(t *testing.T, what string, got, words []string) {
	t.Helper()
	if len(got) != len(words) {
		t.Errorf("%s: %q, want %q", what, got, words)
		return
	}
	left := slices.Clone(got)
	for _, w := range words {
		i := slices.IndexFunc(left, func(l string) bool { return strings.Contains(l, w) })
		if i < 0 {
			t.Errorf("%s: no line with %q in %q", what, w, got)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
}
