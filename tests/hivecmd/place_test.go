package hivecmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestInstallation: hives of a Windows on a disk, by its id or by their place.
func TestInstallation(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	before, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"w1:SYSTEM", "w1:system", `w1:\Windows\System32\config\SYSTEM`, image + `:2:\Windows\System32\config\SYSTEM`} {
		want(t, command.ExitOK, "REG_DWORD", "get", "--disk", image, place, `CurrentControlSet\Services\msahci`, "Start")
		if d := document(t, command.ExitOK, "info", "--disk", image, place); at(t, d, "info", "kind") != "SYSTEM" {
			t.Errorf("%v", d)
		}
	}
	want(t, command.ExitOK, "Windows NT", "ls", "--disk", image, "w1:SOFTWARE", "Microsoft")
	want(t, command.ExitError, "no such file", "ls", "--disk", image, "w1:NONE")
	want(t, command.ExitError, "no Windows w7", "ls", "--disk", image, "w7:SYSTEM")
	if after, err := oracle.HashDisk(image); err != nil || !bytes.Equal([]byte(after), []byte(before)) {
		t.Errorf("the disk has changed: %v", err)
	}
	if r := hive(t, "export", "--utf8", "--disk", image, "w1:SYSTEM", "Select"); r.Code != command.ExitOK || !strings.Contains(r.Stdout, `[HKEY_LOCAL_MACHINE\SYSTEM\Select]`) {
		t.Errorf("%v", r)
	}
}

// TestUndoIsNamed: a change of a hive on a disk says what takes it back, and that does.
func TestUndoIsNamed(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	args := []string{"--disk", image, "w1:SYSTEM", `ControlSet001\Services\msahci`, "Start"}
	old := hive(t, append([]string{"get"}, args...)...).Stdout
	r := want(t, command.ExitOK, " takes it back", append([]string{"set", "--yes"}, append(args, "2")...)...)
	if strings.Contains(r.Stdout, "the old hive is") || !strings.Contains(r.Stdout, "; bootmend undo ") {
		t.Errorf("%v", r)
	}
	want(t, command.ExitOK, "REG_DWORD 2", append([]string{"get"}, args...)...)
	want(t, command.ExitPerson, "--delete-vital", "rm", "--yes", "--recursive", "--disk", image, "w1:SYSTEM", "CurrentControlSet")
	_, rest, _ := strings.Cut(r.Stdout, "; bootmend undo ")
	id, _, _ := strings.Cut(rest, " ")
	back := built.Run(t, "undo", "--yes", id, image)
	if got := hive(t, append([]string{"get"}, args...)...).Stdout; back.Code != command.ExitOK || got != old {
		t.Errorf("%q, was %q: %v", got, old, back)
	}
}
