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
