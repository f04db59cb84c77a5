package volume

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestNTFS: the geometry is the one that was asked for, and what was filled in
// is there, complete, when Fill returns, also when it is left half-way.
func TestNTFS(t *testing.T) {
	tool.Need(t, "ntfsresize", "ntfsinfo", "ntfscat")
	image := NTFS(t, 8<<20, 1024, 512, "-L", "Prüfung")
	content := bytes.Repeat([]byte("content "), 20_000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		Fill(t, image, func(dir string) {
			path := filepath.Join(dir, "file")
			if err := os.WriteFile(path, content, 0o666); err != nil {
				t.Error(err)
			}
			SetAttributes(t, path, 0x22)
			attr := make([]byte, 4)
			if _, err := unix.Getxattr(path, "system.ntfs_attrib", attr); err != nil || attr[0] != 0x22 {
				t.Errorf("attributes % x, %v", attr, err)
			}
			runtime.Goexit() // as a test that ends early does
		})
	}()
	<-done
	if err := oracle.NTFSStructure(image); err != nil {
		t.Error(err)
	}
	if got, err := oracle.NTFSFile(image, `\file`); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	info := tool.Must(t, "ntfsinfo", "-f", "-m", image)
	for _, want := range []string{"Volume Name: Prüfung", "Cluster Size: 1024", "Sector Size: 512"} {
		if !bytes.Contains(info, []byte(want)) {
			t.Errorf("no %q in\n%s", want, info)
		}
	}
	read := false
	Mount(t, image, "ro", func(dir string) {
		b, err := os.ReadFile(filepath.Join(dir, "file"))
		read = err == nil && bytes.Equal(b, content)
		if os.WriteFile(filepath.Join(dir, "new"), nil, 0o666) == nil {
			t.Error("the options were not passed on")
		}
	})
	if !read {
		t.Error("not mounted, or another file")
	}
}

// TestOpenElsewhere sees another process, and not this one.
func TestOpenElsewhere(t *testing.T) {
	path := Empty(t, 1)
	Open(t, path)
	if openElsewhere(path) {
		t.Error("this process is taken for another")
	}
	other := exec.Command("tail", "-f", path)
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait() // its state does not matter
		if openElsewhere(path) {
			t.Error("the other process is gone")
		}
	}()
	for range 500 {
		if openElsewhere(path) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the other process is not seen")
}

// TestDevice: a volume behind something else is found, through a loop device
// as well, and nobody flushes it.
func TestDevice(t *testing.T) {
	const start = 63 * 512
	disk := Empty(t, start+8<<20)
	b, err := os.ReadFile(NTFS(t, 8<<20, 4096, 512))
	if err != nil {
		t.Fatal(err)
	}
	d := Open(t, disk)
	if _, err := d.WriteAt(b, start); err != nil {
		t.Fatal(err)
	}
	if got := FindNTFS(t, d); got != start {
		t.Errorf("found at %d", got)
	}
	if d.Size() != start+8<<20 || d.SectorSize() != 512 || d.Flush() == nil {
		t.Errorf("%d bytes, sectors of %d, flush %v", d.Size(), d.SectorSize(), d.Flush())
	}
	if d := OpenFile(t, disk, os.O_RDONLY, 4096); d.SectorSize() != 4096 {
		t.Errorf("sectors of %d", d.SectorSize())
	} else if _, err := d.WriteAt(b, 0); err == nil {
		t.Error("written, though opened for reading")
	}
	loop := Loop(t, disk, "--read-only", "--offset", "32256")
	if err := oracle.NTFSStructure(loop); err != nil {
		t.Error(err)
	}
}

// TestFAT: with the options that were given, which stay as they are.
func TestFAT(t *testing.T) {
	args := append(make([]string, 0, 9), "-F", "16", "-s", "4")
	image := FAT(t, 20<<20, args...)
	if err := oracle.FATStructure(image); err != nil {
		t.Error(err)
	}
	if got := args[:cap(args)][4]; got != "" {
		t.Errorf("the caller's options got %q", got)
	}
}

// TestUntar: the image comes out of its archive.
func TestUntar(t *testing.T) {
	tool.Need(t, "tar")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "disk.raw"), []byte("image"), 0o666); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "disk.tgz")
	tool.Must(t, "tar", "-czf", archive, "-C", dir, "disk.raw")
	if b, err := os.ReadFile(Untar(t, archive)); err != nil || string(b) != "image" {
		t.Errorf("%q, %v", b, err)
	}
}
