package hivecmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/command"
)

func TestList(t *testing.T) {
	h := small(t)
	d := document(t, command.ExitOK, "ls", h)
	if at(t, d, "keys", 0, "keys", 1, "name") != "ControlSet003" || at(t, d, "hive") != h {
		t.Errorf("%v", d)
	}
	d = document(t, command.ExitOK, "ls", h, `hklm\system\currentcontrolset\services\ATAPI`)
	if at(t, d, "keys", 1, "path") != `ControlSet003\services\ATAPI` || at(t, d, "keys", 1, "keys", 0, "name") != "Parameters" {
		t.Errorf("%v", d)
	}
	if at(t, d, "keys", 1, "value_list", 0, "data") != 3.0 || at(t, d, "keys", 0, "value_list", 3, "data", 1) != "b" || at(t, d, "keys", 0, "value_list", 4, "hex") != "0102ff" {
		t.Errorf("%v", d)
	}
	r := want(t, command.ExitOK, "", "ls", h, `ControlSet001\Services\atapi`)
	for _, part := range []string{`Parameters\`, "Start = 0 (0x0)", `@ = "nothing"`, `List = ["a" "b"]`, "0102ff"} {
		if !strings.Contains(r.Stdout, part) {
			t.Errorf("no %q in %v", part, r)
		}
	}
	want(t, command.ExitError, "no such key", "ls", h, "none")
	want(t, command.ExitUsage, "", "ls")
	if d := document(t, command.ExitError, "ls", h, "none"); !strings.Contains(at(t, d, "error").(string), "no such key") {
		t.Errorf("%v", d)
	}
}

func TestGet(t *testing.T) {
	h := small(t)
	want(t, command.ExitOK, `REG_SZ "SCSI miniport"`, "get", h, `ControlSet001\Services\atapi`, "group")
	want(t, command.ExitOK, `REG_SZ "nothing"`, "get", h, `ControlSet001\Services\atapi`)
	if r := want(t, command.ExitOK, `ControlSet001\Services\atapi: REG_DWORD 0 (0x0)`, "get", h, `CurrentControlSet\Services\atapi`, "Start"); !strings.Contains(r.Stdout, `ControlSet003\Services\atapi: REG_DWORD 3`) {
		t.Errorf("%v", r)
	}
	if r := want(t, command.ExitOK, "", "get", "--raw", h, `ControlSet001\Services\atapi`, "Bytes"); r.Stdout != "\x01\x02\xff" {
		t.Errorf("%v", r)
	}
	d := document(t, command.ExitOK, "get", h, `CurrentControlSet\Services\atapi`, "List")
	if at(t, d, "values", 1, "key") != `ControlSet003\Services\atapi` || at(t, d, "values", 0, "type") != "REG_MULTI_SZ" || at(t, d, "values", 0, "size") != 10.0 {
		t.Errorf("%v", d)
	}
	want(t, command.ExitError, "no such key or value", "get", h, `ControlSet001\Services\atapi`, "none")
	want(t, command.ExitPerson, "another hive", "get", h, `HKLM\SOFTWARE\x`, "none")
	want(t, command.ExitPerson, "ControlSet002", "get", h, `HKLM\SYSTEM\ControlSet002\x`, "none")
	want(t, command.ExitUsage, "name the control set", "get", "--raw", h, `CurrentControlSet\Services\atapi`, "Start")
	want(t, command.ExitUsage, "exclude", "get", "--raw", "--json", h, `ControlSet001\Services\atapi`, "Start")
}

func TestFind(t *testing.T) {
	h := small(t)
	r := want(t, command.ExitOK, "RESULT 2 found", "find", h, "MINIPORT")
	if !strings.Contains(r.Stdout, `data: ControlSet003\Services\atapi: Group = REG_SZ "SCSI miniport"`) {
		t.Errorf("%v", r)
	}
	for _, tt := range []struct {
		hits float64
		args []string
	}{
		{2, []string{h, "atapi"}}, {1, []string{h, "atapi", "--below", "ControlSet003"}}, {0, []string{h, "atapi", "--values"}},
		{2, []string{h, "start"}}, {0, []string{h, "start", "--keys"}}, {2, []string{h, "02 ff", "--hex"}}, {0, []string{h, "ff02", "--hex"}},
		{2, []string{h, "nothing", "--data"}}, {1, []string{h, "miniport", "--below", `HKLM\SYSTEM\ControlSet001`}},
	} {
		d := document(t, command.ExitOK, append([]string{"find"}, tt.args...)...)
		if hits := at(t, d, "hits").([]any); float64(len(hits)) != tt.hits {
			t.Errorf("%q: %v", tt.args, hits)
		}
	}
	want(t, command.ExitUsage, "hexadecimal", "find", h, "xyz", "--hex")
	want(t, command.ExitUsage, "nothing to look for", "find", h, "")
	want(t, command.ExitError, "no such key", "find", h, "x", "--below", "none")
}

func TestInfo(t *testing.T) {
	h := small(t)
	d := document(t, command.ExitOK, "info", h)
	for _, tt := range []struct {
		want any
		path []any
	}{{"SYSTEM", []any{"info", "kind"}}, {"1.5", []any{"info", "format"}}, {"clean", []any{"info", "state"}}, {true, []any{"info", "usable"}}, {10.0, []any{"info", "keys"}},
		{13.0, []any{"info", "values"}}, {1.0, []any{"info", "select", "current"}}, {nil, []any{"info", "select", "failed"}}, {"LastKnownGood", []any{"info", "control_sets", 1, "roles", 0}}} {
		if got := at(t, d, tt.path...); got != tt.want {
			t.Errorf("%v: %v; want %v", tt.path, got, tt.want)
		}
	}
	want(t, command.ExitOK, "ControlSet001 Current, Default", "info", h)
	dirty := write(t, "dirty", regftest.Build(regftest.Key{Name: "r", Keys: []regftest.Key{{Name: "k"}}}, regftest.Options{Seq1: 2, Seq2: 1}))
	want(t, command.ExitPerson, "no log applies", "info", dirty)
	if r := want(t, command.ExitOK, "WARNING", "ls", dirty); !strings.Contains(r.Stdout, `k\`) {
		t.Errorf("%v", r)
	}
	want(t, command.ExitPerson, "hive check", "set", "--yes", dirty, "k", "x", "1", "--type", "dword")
	want(t, command.ExitError, "not a registry hive", "info", write(t, "text", []byte("hello, this is no hive")))
	want(t, command.ExitError, "no such file", "info", filepath.Join(t.TempDir(), "none"))
	want(t, command.ExitUsage, "is no file", "info", t.TempDir())
}

func TestDiff(t *testing.T) {
	a, b := small(t), small(t)
	want(t, command.ExitOK, "the same keys and values", "diff", a, b)
	want(t, command.ExitOK, "done", "set", "--yes", b, `ControlSet001\Services\atapi`, "Start", "4")
	want(t, command.ExitOK, "done", "rm", "--yes", b, `ControlSet003\Services\atapi\Parameters`)
	d := document(t, command.ExitOK, "diff", a, b)
	if at(t, d, "same") != false || len(at(t, d, "differences").([]any)) != 2 {
		t.Fatalf("%v", d)
	}
	if at(t, d, "differences", 0, "a", "data") != 0.0 || at(t, d, "differences", 0, "b", "data") != 4.0 || at(t, d, "differences", 1, "change") != "key only in A" {
		t.Errorf("%v", d)
	}
	if r := want(t, command.ExitOK, "RESULT 2 differences", "diff", a, b); !strings.Contains(r.Stdout, "- REG_DWORD 0") {
		t.Errorf("%v", r)
	}
	if d := document(t, command.ExitOK, "diff", a, a); at(t, d, "same") != true {
		t.Errorf("%v", d)
	}
}

func TestExport(t *testing.T) {
	h := small(t)
	r := want(t, command.ExitOK, `[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet003\Services\atapi]`, "export", "--utf8", h)
	if !strings.HasPrefix(r.Stdout, "\ufeffWindows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM]\r\n") {
		t.Errorf("%v", r)
	}
	if r := hive(t, "export", h, "Select"); r.Code != command.ExitOK || !strings.HasPrefix(r.Stdout, "\xff\xfeW\x00i\x00") {
		t.Errorf("%v", r)
	}
	if r := want(t, command.ExitOK, "", "export", "--regedit4", h, "Select", "--prefix", "HKEY_X"); r.Stdout != "REGEDIT4\r\n\r\n[HKEY_X\\Select]\r\n\"Current\"=dword:00000001\r\n\"Default\"=dword:00000001\r\n\"LastKnownGood\"=dword:00000003\r\n\r\n" {
		t.Errorf("%v", r)
	}
	out := filepath.Join(t.TempDir(), "out.reg")
	d := document(t, command.ExitOK, "export", h, "-o", out)
	if at(t, d, "export", "keys") != 10.0 || at(t, d, "export", "values") != 13.0 || len(read(t, out)) == 0 {
		t.Errorf("%v", d)
	}
	want(t, command.ExitError, "exists", "export", h, "-o", out)
	want(t, command.ExitUsage, "--output", "export", h, "--json")
	want(t, command.ExitUsage, "name the control set", "export", h, "CurrentControlSet")
	want(t, command.ExitUsage, "code page", "export", h, "--regedit4", "--codepage", "1")
	bad := write(t, "bad", regftest.Build(regftest.Key{Keys: []regftest.Key{{Name: "a\nb"}, {Name: "c"}}}, regftest.Options{}))
	if r := want(t, command.ExitPerson, "not complete", "export", "--utf8", bad); !strings.Contains(r.Stdout, `[HKEY_LOCAL_MACHINE\OFFLINE\c]`) {
		t.Errorf("%v", r)
	}
}

// TestNothingIsWritten: reading verbs leave hive and folder as they are.
func TestNothingIsWritten(t *testing.T) {
	h := small(t)
	before := read(t, h)
	for _, args := range [][]string{{"ls", h}, {"get", h, "Select", "Current"}, {"info", h}, {"find", h, "x"}, {"diff", h, h}, {"export", h},
		{"set", h, "Select", "Current", "2"}, {"set", "--dry-run", h, "Select", "Current", "2"}, {"rm", h, "Select"}, {"import", h, "-"}} {
		hive(t, args...)
		if !slices.Equal(read(t, h), before) || !slices.Equal(beside(t, h), []string{"SYSTEM"}) {
			t.Fatalf("%q wrote something: %v", args, beside(t, h))
		}
	}
	if err := os.Chmod(h, 0o400); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitOK, "", "ls", h)
}

// TestMessages: what is missing is named by its path, never by the name that the root
// has inside the file.
func TestMessages(t *testing.T) {
	root := regftest.Key{Name: "CMI-CreateHive{1}", Keys: []regftest.Key{{Name: "a"}}}
	h := write(t, "h", regftest.Build(root, regftest.Options{}))
	for _, args := range [][]string{{"ls", h, "none"}, {"get", h, "none"}, {"get", h, `\`, "none"}, {"get", h, "", "none"}, {"find", h, "x", "--below", "none"},
		{"export", h, "none"}, {"set", "--yes", h, "none", "v", "1", "--type", "dword"}, {"rm", "--yes", h, "none"}, {"rm", "--yes", h, `\`, "none"}, {"rm", "--yes", h, "", "none"}} {
		if r := want(t, command.ExitError, "no such key or value", args...); strings.Contains(r.Stderr, "CMI") || strings.Contains(r.Stderr, ": :") || strings.HasPrefix(strings.TrimPrefix(r.Stderr, "bootmend: "), ":") {
			t.Errorf("%v", r)
		}
	}
}
