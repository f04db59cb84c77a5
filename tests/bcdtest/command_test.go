package bcdtest

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"

	"github.com/bootmend/bootmend/tests/command"
)

// objects is what --json prints of a store.
type objects struct {
	Objects []bcd.ObjectInfo
	Element bcd.ElementInfo
	Change  struct {
		Changed, Written bool
		Backup           string
	}
	Loader, Error string
	Opaque        []string
}

// TestReadingCommands: every real store is listed and printed, as text and JSON.
func TestReadingCommands(t *testing.T) {
	for _, tt := range stores {
		path := real(t, tt.file)
		before := read(t, path)
		var text strings.Builder
		if err := open(t, path).WriteText(&text, bcd.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if r := want(t, command.ExitOK, "", "export", path); r.Stdout != text.String() || r.Stderr != "" {
			t.Errorf("%s: %v", tt.file, r)
		}
		if r := want(t, command.ExitOK, "", "ls", path); strings.Count(r.Stdout, "\n") != tt.objects {
			t.Errorf("%s: %v", tt.file, r)
		}
		var d objects
		document(t, command.ExitOK, &d, "ls", path)
		if len(d.Objects) != tt.objects {
			t.Errorf("%s: %d objects", tt.file, len(d.Objects))
		}
		for _, o := range d.Objects {
			for _, e := range o.Elements {
				if e.Value == nil {
					t.Errorf("%s %s %s has no value", tt.file, o.ID, e.Name)
				}
			}
		}
		if !bytes.Equal(read(t, path), before) {
			t.Errorf("%s was written", tt.file)
		}
	}
	path := real(t, "win10-uefi.BCD")
	want(t, command.ExitOK, "Windows 10\n", "get", path, "default", "description")
	want(t, command.ExitOK, "osdevice                partition=gpt:8e0f2c38-", "ls", path, "{default}")
	want(t, command.ExitOK, "elementstomigrate", "export", "--verbose", real(t, "BCD-Template-win10"))
	var d objects
	document(t, command.ExitOK, &d, "get", path, "{bootmgr}", "25000004")
	if d.Element.Name != "timeout" || d.Element.Value != 30.0 {
		t.Errorf("%+v", d.Element)
	}
}

// TestChanges: verbs that write, judged by hivexregedit.
func TestChanges(t *testing.T) {
	const loader, winre = `{733b62e5-f608-11eb-825c-c112f60133ab}`, `{733b62e6-f608-11eb-825c-c112f60133ab}`
	for _, tt := range []struct {
		args  []string
		gone  int
		added []string // ends of lines
	}{
		{[]string{"set", "default", "safeboot", "Network"}, 0, []string{loader + `\Elements\25000080\`, loader + `\Elements\25000080\"Element"=hex(3):01,00,00,00,00,00,00,00`}},
		{[]string{"set", "bootmgr", "timeout", "5"}, 1, []string{`\25000004\"Element"=hex(3):05,00,00,00,00,00,00,00`}},
		{[]string{"set", "default", "nx", "OptIn"}, 0, nil}, // it is so
		{[]string{"set", "default", "winpe", "no"}, 0, []string{`\26000022\`, `\26000022\"Element"=hex(3):00`}},
		{[]string{"set", "bootmgr", "displayorder", winre, "--first"}, 1, []string{`\24000001\"Element"=hex(7):` + utf16(winre, loader)}},
		{[]string{"set", "bootmgr", "displayorder", winre, "--last"}, 1, []string{`\24000001\"Element"=hex(7):` + utf16(loader, winre)}},
		{[]string{"set", "bootmgr", "default", winre}, 1, []string{`\23000003\"Element"=hex(1):` + sz(winre)}},
		{[]string{"rm", "default", "recoverysequence"}, 2, nil},
		{[]string{"rm", "memdiag"}, 18, nil}, // and the list of tools, which becomes empty
		{[]string{"set", "12345678-0000-0000-0000-000000000000", "path", `\x`, "--create", "osloader"}, 0,
			[]string{`-000000000000}\`, `\Description\`, `\Description\"Type"=dword:10200003`, `\Elements\`, `\Elements\12000002\`, `\Elements\12000002\"Element"=hex(1):` + sz(`\x`)}},
	} {
		path := real(t, "win10-uefi.BCD")
		was := read(t, path)
		original := oracle.HiveFile(t, was)
		args := append([]string{tt.args[0], path}, tt.args[1:]...)
		if tt.gone+len(tt.added) == 0 {
			want(t, command.ExitOK, "nothing to change", append(args, "--yes")...)
			continue
		}
		want(t, command.ExitOK, "nothing was written", append(slices.Clone(args), "--dry-run")...)
		if !bytes.Equal(read(t, path), was) {
			t.Errorf("%v --dry-run wrote", args)
		}
		var d objects
		document(t, command.ExitOK, &d, append(args, "--yes")...)
		if !d.Change.Written || !bytes.Equal(read(t, d.Change.Backup), was) {
			t.Errorf("%v: %+v", args, d.Change)
		}
		gone, added := changes(t, original, path)
		slices.Sort(added)
		slices.Sort(tt.added)
		ok := len(gone) == tt.gone && len(added) == len(tt.added)
		for i := range tt.added {
			ok = ok && slices.ContainsFunc(added, func(l string) bool { return strings.HasSuffix(l, tt.added[i]) })
		}
		if !ok {
			t.Errorf("%v: %d gone %.600q, added %.600q", tt.args, len(gone), gone, added)
		}
		if _, err := oracle.RegDump(path); err != nil {
			t.Error(err)
		}
	}
}

// sz is a string as hivexregedit prints it.
func sz(s string) string { return strings.TrimSuffix(utf16(s), ",00,00") }

// utf16 is a list of strings as hivexregedit prints it.
func utf16(list ...string) string {
	var all []string
	for _, s := range append(list, "") {
		for _, c := range s {
			all = append(all, string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15]), "00")
		}
		all = append(all, "00", "00")
	}
	return strings.Join(all, ",")
}

// TestRewriteCommand: the partition of Windows gets new GUIDs, those of others stay.
func TestRewriteCommand(t *testing.T) {
	path := real(t, "win10-uefi.BCD")
	const old, now = "gpt:8e0f2c38-e4ea-47ba-b7fc-9d8c74dccf0b:0b2394a9-095e-487d-8d48-719ecd4d78ca", "gpt:00000000-1111-2222-3333-444444444444:55555555-6666-7777-8888-999999999999"
	want(t, command.ExitOK, "done and verified", "rewrite", "--yes", path, old+"="+now)
	want(t, command.ExitOK, "partition="+now, "get", path, "default", "osdevice")
	want(t, command.ExitOK, "partition="+now, "get", path, "733b62e4-f608-11eb-825c-c112f60133ab", "filedevice")
	if r := want(t, command.ExitOK, "36be3955-63bf-4068-a6ab-00195cca3a22:0b2394a9", "export", path); strings.Contains(r.Stdout, "8e0f2c38") {
		t.Errorf("%v", r)
	}
	want(t, command.ExitOK, "nothing to change", "rewrite", "--yes", path, old+"="+now)
}

func TestRefusals(t *testing.T) {
	path := real(t, "win10-uefi.BCD")
	was := read(t, path)
	hive := real(t, "ntloader-bcdwim")
	notStore := filepath.Join(t.TempDir(), "zero")
	if err := os.WriteFile(notStore, make([]byte, 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		code int
		says string
		args []string
	}{
		{command.ExitUsage, "--yes", []string{"set", path, "default", "nx", "OptOut"}},
		{command.ExitUsage, "neither a GUID nor a name", []string{"get", path, "nobody", "nx"}},
		{command.ExitUsage, "has no element", []string{"get", path, "default", "nobody"}},
		{command.ExitUsage, "is one of OptIn", []string{"set", "--yes", path, "default", "nx", "maybe"}},
		{command.ExitUsage, "Yes or No", []string{"set", "--yes", path, "default", "winpe", "2"}},
		{command.ExitUsage, "is no device", []string{"set", "--yes", path, "default", "osdevice", "C:"}},
		{command.ExitUsage, "are for lists", []string{"set", "--yes", path, "default", "nx", "OptIn", "--first"}},
		{command.ExitUsage, "no kind of object", []string{"set", "--yes", path, "default", "nx", "OptIn", "--create", "x"}},
		{command.ExitError, "no such object", []string{"set", "--yes", path, "bootmgr", "default", "12345678-0000-0000-0000-000000000000"}},
		{command.ExitError, "no such object", []string{"set", "--yes", path, "12345678-0000-0000-0000-000000000000", "path", "x"}},
		{command.ExitError, "no such object", []string{"rm", "--yes", path, "ntldr"}},
		{command.ExitError, "no such object or element", []string{"rm", "--yes", path, "default", "safeboot"}},
		{command.ExitUsage, "want mbr:SIGNATURE:OFFSET", []string{"rewrite", "--yes", path, "a=b"}},
		{command.ExitError, "not a registry hive", []string{"ls", notStore}},
		{command.ExitError, "no BCD store", []string{"ls", realdata.File(t, "hives/amcache-win10.hve.xz")}},
		{command.ExitError, "no such file", []string{"ls", path + "x"}},
		{command.ExitUsage, "", []string{"ls"}},
		{command.ExitUsage, "is required", []string{"rebuild", "--yes", hive}},
	} {
		want(t, tt.code, tt.says, tt.args...)
	}
	if !bytes.Equal(read(t, path), was) {
		t.Error("a refused change was written")
	}
	var d objects
	document(t, command.ExitError, &d, "get", path, "default", "safeboot")
	if !strings.Contains(d.Error, "safeboot") {
		t.Errorf("%+v", d)
	}
}

// TestDirtyStore: a store that was not written completely is shown with a warning and
// not changed before its hive is mended.
func TestDirtyStore(t *testing.T) {
	path := real(t, "win7-bios-mbr-vm.BCD")
	b := read(t, path)
	binary.LittleEndian.PutUint32(b[4:], binary.LittleEndian.Uint32(b[8:])+1)
	binary.LittleEndian.PutUint32(b[0x1fc:], regf.Checksum(b))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, command.ExitOK, "WARNING", "ls", path)
	want(t, command.ExitPerson, "bootmend hive repair", "set", "--yes", path, "bootmgr", "timeout", "9")
	if !bytes.Equal(read(t, path), b) {
		t.Fatal("it was written")
	}
	if r := bootmend(t, "hive", "repair", "--yes", path); r.Code != command.ExitOK {
		t.Fatal(r)
	}
	want(t, command.ExitOK, "done and verified", "set", "--yes", path, "bootmgr", "timeout", "9")
	want(t, command.ExitOK, "9\n", "get", path, "bootmgr", "timeout")
}

// TestRebuild makes stores where there is none, where there is one, and where
// logs of a lost one lie, which must not be replayed into the new one.
func TestRebuild(t *testing.T) {
	flags := []string{"--yes", "--firmware", "bios", "--windows", "6.1.7601", "--system", "mbr:5ac9e1b2:1048576", "--os", "mbr:5ac9e1b2:105906176", "--ntldr", "Windows XP"}
	dir := t.TempDir()
	path := filepath.Join(dir, "BCD")
	rebuild := func() (d objects) {
		t.Helper()
		document(t, command.ExitOK, &d, append([]string{"rebuild", path}, flags...)...)
		if _, err := oracle.RegExport(path); err != nil {
			t.Fatal(err)
		}
		want(t, command.ExitOK, "partition=mbr:5ac9e1b2:105906176", "get", path, d.Loader, "osdevice")
		want(t, command.ExitOK, "{ntldr}\n{default}\n", "get", path, "bootmgr", "displayorder")
		if r := bootmend(t, "hive", "check", path); r.Code != command.ExitOK {
			t.Error(r)
		}
		return d
	}
	if d := rebuild(); !d.Change.Written || d.Change.Backup != "" {
		t.Errorf("%+v", d.Change)
	}
	// A store that was zeroed, beside the log of the real one.
	if err := os.WriteFile(path, make([]byte, 32768), 0o644); err != nil {
		t.Fatal(err)
	}
	log := real(t, "win10-zhcn-uefi-surfacepro3.BCD.LOG")
	if err := os.WriteFile(path+".LOG", read(t, log), 0o644); err != nil {
		t.Fatal(err)
	}
	if d := rebuild(); !bytes.Equal(read(t, d.Change.Backup), make([]byte, 32768)) {
		t.Errorf("%+v", d.Change)
	}
	if r := bootmend(t, "hive", "info", path); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "state: clean") {
		t.Error(r)
	}
	before := read(t, path)
	want(t, command.ExitOK, "nothing was written", append([]string{"rebuild", path, "--dry-run"}, flags[1:]...)...)
	want(t, command.ExitUsage, "--yes", append([]string{"rebuild", path}, flags[1:]...)...)
	want(t, command.ExitPerson, "boot.ini", "rebuild", path, "--yes", "--firmware", "bios", "--windows", "5.1.2600", "--system", "mbr:1:512", "--os", "mbr:1:512")
	want(t, command.ExitUsage, "fs put", append([]string{"rebuild", path + `:1:\Boot\BCD`}, flags...)...)
	if !bytes.Equal(read(t, path), before) {
		t.Error("it was written")
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 3 {
		t.Errorf("%v, %v", names, err)
	}
}
