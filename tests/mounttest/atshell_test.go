package mounttest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/mounts"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestAtShell: what is mounted without being asked for disturbs no repair: not the stick
// for undo bundles, and no disk with a Windows.
func TestAtShell(t *testing.T) {
	dir := t.TempDir()
	var sources []inspect.Source
	for _, d := range []struct{ name, image string }{
		{"fd0", volume.FAT(t, 1440<<10)}, {"sdb", volume.FAT(t, 64<<20, "-n", "BOOTMEND")},
		{"sdc", volume.FAT(t, 64<<20, "-n", "DATA")}, {"sdd", guests.MustLoad(t, "winxp-x86").Build(t)}, {"sde", empty(t)},
	} {
		path := filepath.Join(dir, d.name)
		if err := os.Symlink(d.image, path); err != nil {
			t.Fatal(err)
		}
		dev, err := block.OpenReadOnly(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { dev.Close() })
		sources = append(sources, inspect.Source{Path: path, Dev: dev})
	}
	media, err := inspect.Inspect(context.Background(), nil, sources)
	if err != nil || len(media.Windows) != 1 {
		t.Fatalf("%d Windows, %v", len(media.Windows), err)
	}
	all, err := mounts.MediaPlan(context.Background(), &inspect.Patient{}, media, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(all); got != "a d e f" {
		t.Errorf("mount-media mounts %q", got)
	}
	if got := names(mounts.AtShell(all, media, repair.IsLabelled)); got != "a e" { // the letters stay
		t.Errorf("the shell mounts %q; want the floppy and the stick with data", got)
	}
	all[0].Refused = "for the test"
	media.Disks[2].Rescue = true
	if got := mounts.AtShell(all, media, repair.IsLabelled); len(got) != 0 {
		t.Errorf("what is refused, and the rescue medium: %q", names(got))
	}
}

// empty is a disk with nothing on it.
func empty(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(path, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
