package mounts

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// TestRemembered: what was mounted for the shell is known by the next process, but not
// what a person mounted there since.
func TestRemembered(t *testing.T) {
	dir := t.TempDir()
	s := System{State: filepath.Join(dir, "state"), Proc: filepath.Join(dir, "mounts")}
	if list, err := s.Remembered(); len(list) != 0 || err != nil {
		t.Errorf("of nothing: %v, %v", list, err)
	}
	if err := s.Remember([]Entry{{Dir: "/mnt/a"}, {Dir: "/mnt/e"}, {Dir: "/mnt/f"}}); err != nil {
		t.Fatal(err)
	}
	const now = "/dev/fd0 /mnt/a vfat ro 0 0\n/dev/sda1 /mnt/c fuseblk ro 0 0\n/dev/sdb1 /mnt/f vfat rw 0 0\n"
	if err := os.WriteFile(s.Proc, []byte(now), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := s.Remembered()
	if err != nil || len(list) != 1 || list[0].Dir != "/mnt/a" {
		t.Errorf("%v, %v; want /mnt/a only", list, err)
	}
	v := &inspect.Volume{Disk: &inspect.Disk{Path: "/dev/fd0"}}
	if e, ok := s.At(Place{Volume: v, Name: "a"}); !ok || e.Device != "/dev/fd0" || e.Write {
		t.Errorf("At = %v, %t", e, ok)
	}
	if e, ok := s.At(Place{Volume: v, Name: "b"}); ok {
		t.Errorf("At another place = %v", e)
	}
}
