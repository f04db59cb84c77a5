package console

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// write goes from a plan to its result.
func (s *Screen) write(t *testing.T) {
	t.Helper()
	looked(t, s.Wait("bootmend  The plan", "Enter Write"))
	s.Keys("Enter")
	s.Wait("Y: Write")
	s.Keys("y")
	looked(t, s.Wait("bootmend  Result", "verified"))
	s.Keys("Enter")
	s.Wait("Why does Windows not start?", "Machine  ")
}

// TestActions asks for what no fault demands: a choice of words, and a file that
// is named.
func TestActions(t *testing.T) {
	image := guests.MustLoad(t, "winxp-x86").Build(t)
	reg := filepath.Join(t.TempDir(), "fix.reg")
	text := "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\IntelIde]\r\n\"Asked\"=\"by a person\"\r\n"
	if err := os.WriteFile(reg, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, dir := onDisk(t, "qemu-pc", image, "LANG=C.UTF-8")
	s.Wait(">  Repair")
	s.Choose("Actions")
	looked(t, s.Wait("Start Windows in safe mode", ".reg file"))
	s.Keys("Enter")
	s.Wait("bootmend  safe-mode", ">  on", "network")
	s.Keys("Enter")
	s.write(t)
	if r := built.Run(t, "fs", "cat", image+`:1:\boot.ini`); !strings.Contains(r.Stdout, "safeboot") {
		t.Errorf("boot.ini: %v", r)
	}

	s.Choose("Actions")
	s.Wait("Start Windows in safe mode")
	s.Choose("Apply a .reg file")
	looked(t, s.Wait("No .reg file was found", "to be typed"))
	s.Keys("Enter")
	s.Wait("Type the path of the file.")
	s.Type(reg)
	looked(t, s.Wait(filepath.Base(reg)))
	s.Keys("Enter")
	s.write(t)
	if r := built.Run(t, "hive", "get", image+`:1:\WINDOWS\system32\config\SYSTEM`, `ControlSet001\Services\IntelIde`, "Asked"); !strings.Contains(r.Stdout, "by a person") {
		t.Errorf("the value: %v", r)
	}

	s.Choose("Actions")
	s.Wait("Start Windows in safe mode")
	s.Choose("Apply a .reg file")
	s.Wait("to be typed")
	s.Keys("Enter")
	s.Wait("Type the path of the file.")
	s.Type(filepath.Join(dir, "there-is-none.reg"))
	s.Keys("Enter")
	looked(t, s.Wait("This cannot be done", "Nothing was written."))
	s.Keys("C-c", "C-c")
	if code := s.Ended(dir); code != "0" {
		t.Errorf("exit code %s", code)
	}
	if r := built.Run(t, "undo", "--list", image); r.Code != command.ExitOK || strings.Count(r.Stdout, "UTC") != 2 {
		t.Errorf("want two bundles: %v", r)
	}
}

// TestSeveralWindows: each has its own line, chain and letters, and one alone can be
// repaired.
func TestSeveralWindows(t *testing.T) {
	image := guests.MustLoad(t, "two-windows").Build(t)
	s, _ := onDisk(t, "virtualbox-ide", image, "LANG=C.UTF-8")
	s.Wait(">  Repair", "2 of them")
	s.Keys("Down", "Enter")
	looked(t, s.Wait("w1", "w2", "calls C:"))
	s.Keys("Down", "Enter")
	looked(t, s.Wait("w2: what happens when it is started"))
}
