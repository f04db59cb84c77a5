package hivecmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/command"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// hive runs a verb without a terminal.
func hive(t *testing.T, args ...string) command.Result {
	t.Helper()
	return hiveWith(t, "", args...)
}

func hiveWith(t *testing.T, stdin string, args ...string) command.Result {
	t.Helper()
	return built.RunWith(t, stdin, append([]string{"hive"}, args...)...)
}

// want runs a verb and checks the exit code and a part of what it says.
func want(t *testing.T, code int, says string, args ...string) command.Result {
	t.Helper()
	r := hive(t, args...)
	if r.Code != code || !strings.Contains(r.Stdout+r.Stderr, says) {
		t.Fatalf("want exit %d and %q: %v", code, says, r)
	}
	return r
}

// document runs a verb with --json and decodes the one object it prints.
func document(t *testing.T, code int, args ...string) map[string]any {
	t.Helper()
	r := hive(t, append(args, "--json")...)
	if r.Code != code {
		t.Fatalf("want exit %d: %v", code, r)
	}
	var d map[string]any
	r.Decode(t, &d)
	if d["command"] != "hive "+args[0] || d["exit_code"] != float64(code) {
		t.Errorf("command %v, exit_code %v", d["command"], d["exit_code"])
	}
	return d
}

// at follows a path of fields and indexes.
func at(t *testing.T, d any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := d.(map[string]any)
			if !ok {
				t.Fatalf("%v: no object at %v", path, p)
			}
			d = m[p]
		case int:
			l, ok := d.([]any)
			if !ok || p >= len(l) {
				t.Fatalf("%v: no element %d in %v", path, p, d)
			}
			d = l[p]
		}
	}
	return d
}

// small is a SYSTEM hive with two control sets, written to a file.
func small(t *testing.T) string {
	t.Helper()
	set := func(name string, start uint32) regftest.Key {
		return regftest.Key{Name: name, Keys: []regftest.Key{{Name: "Services", Keys: []regftest.Key{
			{Name: "atapi", Values: []regftest.Value{regftest.DWORD("Start", start), regftest.SZ("Group", "SCSI miniport"), regftest.SZ("", "nothing"),
				regftest.MultiSZ("List", "a", "b"), regftest.Binary("Bytes", 1, 2, 0xff)}, Keys: []regftest.Key{{Name: "Parameters"}}}}}}}
	}
	root := regftest.Key{Name: "root", Keys: []regftest.Key{set("ControlSet001", 0), set("ControlSet003", 3),
		{Name: "Select", Values: []regftest.Value{regftest.DWORD("Current", 1), regftest.DWORD("Default", 1), regftest.DWORD("LastKnownGood", 3)}}}}
	return write(t, "SYSTEM", regftest.Build(root, regftest.Options{}))
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// beside lists the names of the hive's folder.
func beside(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
