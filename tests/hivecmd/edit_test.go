package hivecmd

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
)

const header = "Windows Registry Editor Version 5.00\r\n\r\n"

func TestSet(t *testing.T) {
	h := small(t)
	before := read(t, h)
	want(t, command.ExitOK, "RESULT done and verified", "set", "--yes", h, `HKLM\SYSTEM\CurrentControlSet\Services\atapi`, "Start", "0x4")
	for _, set := range []string{"ControlSet001", "ControlSet003"} {
		want(t, command.ExitOK, "REG_DWORD 4", "get", h, set+`\Services\atapi`, "Start")
		if n, err := oracle.RegDWORD(h, `\`+set+`\Services\atapi`, "Start"); err != nil || n != 4 {
			t.Errorf("hivexsh: %d, %v", n, err)
		}
	}
	if !bytes.Equal(read(t, h+".bootmend-backup"), before) {
		t.Error("the backup is not the old hive")
	}
	if st, err := os.Stat(h); err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	// Once more the same: nothing happens. Another one: another backup.
	want(t, command.ExitOK, "nothing to change", "set", "--yes", h, `CurrentControlSet\Services\atapi`, "Start", "4")
	after := read(t, h)
	d := document(t, command.ExitOK, "set", "--yes", h, `ControlSet001\Services\atapi`, "Start", "1")
	if at(t, d, "change", "backup") != h+".bootmend-backup-2" || at(t, d, "change", "written") != true || at(t, d, "change", "paths", 0) != `ControlSet001\Services\atapi` {
		t.Errorf("%v", d)
	}
	if !bytes.Equal(read(t, h+".bootmend-backup"), before) || !bytes.Equal(read(t, h+".bootmend-backup-2"), after) {
		t.Error("a backup was overwritten")
	}
	if got := beside(t, h); !slices.Equal(got, []string{"SYSTEM", "SYSTEM.bootmend-backup", "SYSTEM.bootmend-backup-2"}) {
		t.Errorf("%v", got)
	}
}

func TestSetTypes(t *testing.T) {
	h := small(t)
	const key = `ControlSet001\Services\atapi`
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"New", "text ü", "--type", "sz"}, `REG_SZ "text ü"`},
		{[]string{"New", "other"}, `REG_SZ "other"`}, // it keeps its type
		{[]string{"New", "%x%", "--type", "REG_EXPAND_SZ"}, `REG_EXPAND_SZ "%x%"`},
		{[]string{"List", "one", "two words"}, `REG_MULTI_SZ ["one" "two words"]`},
		{[]string{"New", "18446744073709551615", "--type", "qword"}, "REG_QWORD 18446744073709551615"},
		{[]string{"Bytes", "00,01 fe"}, "REG_BINARY 0001fe"},
		{[]string{"Bytes", ""}, "REG_BINARY \n"},
		{[]string{"New", "0a", "--type", "0x12345"}, "type 0x12345 0a"},
		{[]string{"New", "258", "--type", "dword_big_endian"}, "REG_DWORD_BIG_ENDIAN 00000102"},
		{[]string{"@", "new default"}, `REG_SZ "new default"`},
	} {
		want(t, command.ExitOK, "RESULT done", append([]string{"set", "--yes", h, key}, tt.args...)...)
		want(t, command.ExitOK, tt.want, "get", h, key, tt.args[0])
	}
	for _, tt := range []struct {
		code int
		says string
		args []string
	}{
		{command.ExitUsage, "--yes", []string{h, key, "Start", "1"}},
		{command.ExitUsage, "does not exist yet", []string{"--yes", h, key, "None", "1"}},
		{command.ExitUsage, "no number", []string{"--yes", h, key, "Start", "x"}},
		{command.ExitUsage, "no number", []string{"--yes", h, key, "Start", "4294967296"}},
		{command.ExitUsage, "no type", []string{"--yes", h, key, "Start", "1", "--type", "word"}},
		{command.ExitUsage, "takes one DATA", []string{"--yes", h, key, "Start", "1", "2"}},
		{command.ExitUsage, "no UTF-8", []string{"--yes", h, key, "New", "a\xffb", "--type", "sz"}},
		{command.ExitUsage, "no UTF-8", []string{"--yes", h, key, "List", "a", "\xed\xa0\x80"}},
		{command.ExitUsage, "empty string", []string{"--yes", h, key, "List", "a", ""}},
		{command.ExitPerson, "symbolic link", []string{"--yes", h, key, "L", "x", "--type", "link"}},
		{command.ExitError, "no such key", []string{"--yes", h, `ControlSet001\none`, "a", "1", "--type", "dword"}},
	} {
		before := read(t, h)
		want(t, tt.code, tt.says, append([]string{"set"}, tt.args...)...)
		if !bytes.Equal(read(t, h), before) {
			t.Errorf("%q wrote", tt.args)
		}
	}
	want(t, command.ExitOK, "done", "set", "--yes", "--create", h, `CurrentControlSet\new\deep`, "a", "1", "--type", "dword")
	want(t, command.ExitOK, "REG_DWORD 1", "get", h, `ControlSet003\new\deep`, "a")
}

func TestRemove(t *testing.T) {
	h := small(t)
	want(t, command.ExitPerson, "--recursive", "rm", "--yes", h, `ControlSet001\Services\atapi`)
	want(t, command.ExitOK, "done", "rm", "--yes", h, `CurrentControlSet\Services\atapi`, "Group")
	want(t, command.ExitError, "no such key or value", "rm", "--yes", h, `CurrentControlSet\Services\atapi`, "Group")
	want(t, command.ExitOK, "done", "rm", "--yes", h, `ControlSet001\Services\atapi`, "@")
	want(t, command.ExitOK, "done", "rm", "--yes", "--recursive", h, `ControlSet001\Services\atapi`)
	want(t, command.ExitOK, "done", "rm", "--yes", "--recursive", h, `CurrentControlSet\Services\atapi`) // only one of the sets has it
	if lines, err := oracle.RegExport(h); err != nil || len(lines) != 9 {
		t.Errorf("%q, %v", lines, err)
	}
	if r := want(t, command.ExitPerson, "root key", "rm", "--yes", "--recursive", h, `\`); strings.Contains(r.Stderr, "bootmend: :") {
		t.Errorf("%v", r)
	}
}

func TestImport(t *testing.T) {
	h := small(t)
	reg := write(t, "file.reg", []byte(header+"[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\atapi]\r\n\"Start\"=dword:2\r\n\"Group\"=-\r\n\r\n"+
		"[HKEY_LOCAL_MACHINE\\server1\\system\\ControlSet003\\Services\\new]\r\n@=\"x\"\r\n\r\n[-HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\atapi\\Parameters]\r\n"))
	if r := want(t, command.ExitOK, "nothing was written", "import", "--dry-run", h, reg); len(beside(t, h)) != 1 {
		t.Errorf("%v", r)
	}
	d := document(t, command.ExitOK, "import", "--yes", h, reg)
	for name, n := range map[string]float64{"keys": 3, "values_set": 3, "values_deleted": 2, "keys_deleted": 2, "absent": 0, "skipped": 0} {
		if at(t, d, "applied", name) != n {
			t.Errorf("%s: %v", name, d)
		}
	}
	want(t, command.ExitOK, "REG_DWORD 2", "get", h, `ControlSet003\Services\atapi`, "Start")
	want(t, command.ExitOK, `REG_SZ "x"`, "get", h, `ControlSet003\Services\new`)
	if _, err := oracle.RegDump(h); err != nil {
		t.Error(err)
	}
	if d := document(t, command.ExitOK, "import", "--yes", h, reg); at(t, d, "change", "changed") != false || at(t, d, "applied", "absent") != 4.0 {
		t.Errorf("the same file again: %v", d)
	}
	// From standard input, mapped, in a code page, leaving out what is not for
	// it.
	text := "REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\offline\\x]\n\"\xcf\"=\"\xcf\"\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\y]\n\"a\"=\"b\"\n"
	args := []string{"import", "--yes", h, "-", "--map", `HKLM\offline=CurrentControlSet\new`, "--codepage", "1251"}
	if r := hiveWith(t, text, args...); r.Code != command.ExitPerson || !strings.Contains(r.Stderr, "line 5") || !strings.Contains(r.Stderr, "SOFTWARE") {
		t.Errorf("%v", r)
	}
	if r := hiveWith(t, text, append(args, "--skip-other-hives")...); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "2 entries of other hives") {
		t.Errorf("%v", r)
	}
	want(t, command.ExitOK, `REG_SZ "П"`, "get", h, `ControlSet001\new\x`, "П")
}

// TestImportIsAllOrNothing: a mistake in the last line leaves the hive alone.
func TestImportIsAllOrNothing(t *testing.T) {
	h := small(t)
	before := read(t, h)
	first := "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\r\n\"Current\"=dword:3\r\n"
	for _, tt := range []struct {
		code int
		says string
		last string
	}{
		{command.ExitError, "line 5", "\"a\"=dword:xyz"},
		{command.ExitError, "line 5", "nonsense"},
		{command.ExitError, "the file ends", "\"a\"=hex:00,\\"},
		{command.ExitPerson, "map it", `[HKEY_LOCAL_MACHINE\server1\Services]`},
		{command.ExitPerson, "ControlSet002", `[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002]`},
		{command.ExitPerson, "root of a hive", `[-HKEY_LOCAL_MACHINE\SYSTEM]`},
		{command.ExitPerson, "limit", `[HKEY_LOCAL_MACHINE\SYSTEM\` + strings.Repeat("x", 256) + `]`},
	} {
		want(t, tt.code, tt.says, "import", "--yes", h, write(t, "bad.reg", []byte(header+first+tt.last+"\r\n")))
		if !bytes.Equal(read(t, h), before) || len(beside(t, h)) != 1 {
			t.Errorf("%q: something was written: %v", tt.last, beside(t, h))
		}
	}
	want(t, command.ExitError, "no such file", "import", "--yes", h, filepath.Join(t.TempDir(), "none.reg"))
	want(t, command.ExitUsage, "FROM=TO", "import", "--yes", h, write(t, "ok.reg", []byte(header+first)), "--map", "x")
	want(t, command.ExitUsage, "code page", "import", "--yes", h, write(t, "ok.reg", []byte(header+first)), "--codepage", "1")
}

// TestLinkedFile: the file that a symbolic link leads to is the one that is
// replaced.
func TestLinkedFile(t *testing.T) {
	h := small(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(h, link); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitOK, "done", "set", "--yes", link, "Select", "Current", "3")
	if st, err := os.Lstat(link); err != nil || st.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", st, err)
	}
	want(t, command.ExitOK, "REG_DWORD 3", "get", h, "Select", "Current")
}

// TestMirror: the .ALT of Windows NT 4.0 and 2000 is written anew, with its own
// type.
func TestMirror(t *testing.T) {
	h := small(t)
	alt := read(t, h)
	alt[0x1c] = 2 // the type that a mirror has
	regftest.Seal(alt)
	if err := os.WriteFile(h+".ALT", alt, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitOK, "done", "set", "--yes", h, "Select", "Current", "3")
	now, hive := read(t, h+".ALT"), read(t, h)
	if now[0x1c] != 2 || !bytes.Equal(now[512:], hive[512:]) || bytes.Equal(now[512:], alt[512:]) {
		t.Error("the mirror is not the new hive")
	}
	copy(hive[0x1c:], now[0x1c:0x20])
	regftest.Seal(hive)
	if !bytes.Equal(now, hive) {
		t.Error("the mirror's base block is not that of the hive")
	}
}

// TestLogNames: two files that could both be the log are not chosen from.
func TestLogNames(t *testing.T) {
	h := small(t)
	for _, name := range []string{"SYSTEM.LOG1", "system.log1"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(h), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want(t, command.ExitError, "only one of them", "ls", h)
}

// TestOnlyFiles: pipes and links to nowhere are neither hives nor logs.
func TestOnlyFiles(t *testing.T) {
	h := small(t)
	for _, name := range []string{"SYSTEM.LOG", "SYSTEM{6}.TM.blf", "PIPE"} {
		if err := syscall.Mkfifo(filepath.Join(filepath.Dir(h), name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", h+".LOG1"); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitOK, "clean", "info", h)
	want(t, command.ExitOK, "done", "set", "--yes", h, "Select", "Current", "3")
	want(t, command.ExitUsage, "is no file", "info", filepath.Join(filepath.Dir(h), "PIPE"))
}

// TestVital: what Windows does not start without stays, unless somebody says so.
func TestVital(t *testing.T) {
	h := small(t)
	before := read(t, h)
	const lm = `HKEY_LOCAL_MACHINE\SYSTEM\`
	for _, args := range [][]string{{"CurrentControlSet"}, {"ControlSet003"}, {`\controlset001`}, {`ControlSet001\Services`}, {"select"}, {`HKLM\SYSTEM\Select`}, {"Select", "default"}} {
		want(t, command.ExitPerson, "--delete-vital", append([]string{"rm", "--yes", "--recursive", h}, args...)...)
	}
	for _, text := range []string{"[-" + lm + "CurrentControlSet]", "[-" + lm + "controlset003]", "[-" + lm + "Select]", "[" + lm + "Select]\r\n\"Current\"=-"} {
		want(t, command.ExitPerson, "line ", "import", "--yes", h, write(t, "x.reg", []byte(header+text+"\r\n")))
	}
	if !bytes.Equal(read(t, h), before) {
		t.Fatal("something was written")
	}
	want(t, command.ExitError, "no such key", "rm", "--yes", h, "Setup")
	want(t, command.ExitOK, "done", "rm", "--yes", h, "Select", "LastKnownGood")
	want(t, command.ExitOK, "done", "rm", "--yes", "--recursive", "--delete-vital", h, "ControlSet003")
	want(t, command.ExitOK, "1 keys and 0 values deleted", "import", "--yes", "--delete-vital", h, write(t, "x.reg", []byte(header+"[-"+lm+"CurrentControlSet]\r\n")))
}

// TestMappings: an import says where what was mapped or guessed led to.
func TestMappings(t *testing.T) {
	h := small(t)
	for _, tt := range []struct {
		text, says string
		args       []string
	}{
		{`server1\system\ControlSet001\x`, `MAPPED HKEY_LOCAL_MACHINE\server1\system is the root of the hive`, []string{"--map", `HKEY_LOCAL_MACHINE\server1=`}},
		{`server1\x`, `MAPPED HKLM\server1 is ControlSet001, ControlSet003`, []string{"--map", `HKLM\server1=CurrentControlSet`}},
		{`server1\system\Select`, `GUESSED HKEY_LOCAL_MACHINE\server1\system is the root of the hive`, nil},
		{`offline\Select`, `GUESSED HKEY_LOCAL_MACHINE\offline is the root of the hive`, nil},
	} {
		reg := write(t, "x.reg", []byte(header+`[HKEY_LOCAL_MACHINE\`+tt.text+"]\r\n\"a\"=dword:1\r\n\"b\"=dword:1\r\n"))
		r := want(t, command.ExitOK, tt.says, append([]string{"import", "--dry-run", h, reg}, tt.args...)...)
		if n := strings.Count(r.Stdout, " is "); n != 1 {
			t.Errorf("%d lines: %v", n, r)
		}
	}
	r := want(t, command.ExitOK, "RESULT", "import", "--dry-run", h, write(t, "x.reg", []byte(header+"[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\r\n")))
	if strings.Contains(r.Stdout, "GUESSED") || strings.Contains(r.Stdout, "MAPPED") {
		t.Errorf("%v", r)
	}
	want(t, command.ExitOK, "done", "import", "--yes", h, write(t, "x.reg", []byte(header+"[HKEY_LOCAL_MACHINE\\server1\\system\\ControlSet001\\made]\r\n")), "--map", `HKEY_LOCAL_MACHINE\server1=`)
	want(t, command.ExitOK, "", "ls", h, `ControlSet001\made`)
	want(t, command.ExitError, "no such key", "ls", h, "system")
}
