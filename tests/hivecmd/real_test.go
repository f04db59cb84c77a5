package hivecmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// realDirty is the hive of Windows 10 with its logs in one folder.
func realDirty(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, suffix := range []string{"", ".LOG1", ".LOG2"} {
		src := realdata.File(t, "hives/win10-1709-x64-dirty.SYSTEM"+suffix+".xz")
		if err := os.Rename(src, filepath.Join(dir, "SYSTEM"+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "SYSTEM")
}

// TestDirtyHive: what the logs hold is read, and written with the first edit,
// after which the logs have nothing to say any more. The counts are those that
// another program (yarp) gives after its replay.
func TestDirtyHive(t *testing.T) {
	h := realDirty(t)
	logs := read(t, h+".LOG2")
	d := document(t, command.ExitOK, "info", h)
	if at(t, d, "info", "keys") != 35595.0 || at(t, d, "info", "values") != 78901.0 || at(t, d, "info", "replayed") != true || at(t, d, "info", "bins_size") != float64(0xc02000) {
		t.Errorf("%v", d)
	}
	want(t, command.ExitOK, "done", "set", "--yes", h, `CurrentControlSet\Services\stornvme\StartOverride`, "0", "0")
	d = document(t, command.ExitOK, "info", h)
	if at(t, d, "info", "state") != "clean" || at(t, d, "info", "replayed") != false || at(t, d, "info", "keys") != 35595.0 || at(t, d, "info", "values") != 78901.0 {
		t.Errorf("%v", d)
	}
	// Others, which know nothing of logs, now see all of it.
	lines, err := oracle.RegExport(h)
	keys := 0
	for _, l := range lines {
		if strings.HasSuffix(l, `\`) {
			keys++
		}
	}
	if err != nil || keys != 35595 {
		t.Errorf("hivexregedit sees %d keys, %v", keys, err)
	}
	if n, err := oracle.RegDWORD(h, `\ControlSet001\Services\stornvme\StartOverride`, "0"); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	if string(read(t, h+".LOG2")) != string(logs) {
		t.Error("a log was changed")
	}
}

// TestRealExportAndImport: what is exported is there already when it is
// imported: nothing changes, not one byte.
func TestRealExportAndImport(t *testing.T) {
	h := realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz")
	reg := filepath.Join(t.TempDir(), "all.reg")
	d := document(t, command.ExitOK, "export", h, "-o", reg)
	if at(t, d, "export", "keys") != 11057.0 || at(t, d, "export", "values") != 31304.0 {
		t.Errorf("%v", d)
	}
	want(t, command.ExitOK, "nothing to change", "import", "--yes", h, reg)
	want(t, command.ExitPerson, "not certain", "import", "--yes", realdata.File(t, "hives/qthivex-rigorous.xz"), write(t, "x.reg", []byte(header+"[HKEY_LOCAL_MACHINE\\server1\\Services\\x]\r\n")))
}

// TestDamagedHive: damage is told, the rest is shown.
func TestDamagedHive(t *testing.T) {
	h := realdata.File(t, "hives/xp-sp3-x86-corrupted.SYSTEM.xz")
	want(t, command.ExitPerson, "not complete", "export", "--utf8", h)
	want(t, command.ExitPerson, "DAMAGED", "info", h)
	want(t, command.ExitPerson, "cannot be read", "find", h, "vmscsi")
	want(t, command.ExitOK, "REG_DWORD 0", "get", h, `ControlSet001\Services\vmscsi`, "Start")
}
