package fsrandom

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// objects says who objects: the word before the colon of each complaint, for
// foreign programs that of their call.
func objects(bad []string) []string {
	var who []string
	for _, line := range bad {
		w, _, _ := strings.Cut(line, ":")
		w, _, _ = strings.Cut(w, " ")
		if !slices.Contains(who, w) {
			who = append(who, w)
		}
	}
	slices.Sort(who)
	return who
}

// known has one name and content that is easily found on the volume.
var known = bytes.Repeat([]byte("0123456789abcdef"), 1000)

// flipFirst changes the first place on the device that holds what.
func flipFirst(t *testing.T, d *device, what []byte) {
	t.Helper()
	b, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(b, what)
	if i < 0 {
		t.Fatal("not found on the volume")
	}
	if _, err := d.f.WriteAt([]byte{b[i] ^ 0x20}, int64(i)); err != nil {
		t.Fatal(err)
	}
}

// TestNTFSJudgesObject: each judge is seen to reject what it is there for.
func TestNTFSJudgesObject(t *testing.T) {
	tool.Need(t, "mkntfs", "ntfs-3g", "ntfsresize", "ntfsinfo", "fsntfsinfo", "fls", "icat")
	path := volume.Empty(t, 8<<20)
	foreign.Must(t, "mkntfs", "-F", "-Q", "-q", "-c", "4096", path)
	d := openDevice(t, path, 512)
	v, err := ntfs.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	v.SetClock(clock())
	if err := v.WriteFile(`\a file`, bytes.NewReader(known), int64(len(known))); err != nil {
		t.Fatal(err)
	}
	j := &ntfsJudge{dev: d, cluster: 4096, sample: 5}
	model := newDir("")
	n := &node{name: "a file", attrs: 0x20}
	n.setContent(known)
	model.add(n)
	judge := func(what string, want view, who ...string) {
		t.Helper()
		got := objects(j.judge(t, want, rand.New(rand.NewPCG(1, 0))))
		if !slices.Equal(got, who) {
			t.Errorf("%s: %q object, want %q", what, got, who)
		}
	}
	judge("sound", model.view())
	more := model.view()
	more["another"] = item{dir: true}
	judge("a directory is missing", more, "libfsntfs", "ntfs-3g", "sleuthkit")
	attrs := model.view()
	attrs["a file"] = item{size: n.info().Size, hash: n.sum(), attrs: 0x21}
	judge("attributes", attrs, "ntfs-3g")
	flipFirst(t, d, known)
	judge("content", model.view(), "go-ntfs", "ntfs-3g", "sleuthkit")
	flipFirst(t, d, append([]byte{known[0] ^ 0x20}, known[1:]...))
	judge("mended", model.view())
	bitmap := foreign.Must(t, "ntfscat", "-f", path, "$Bitmap")
	flipFirst(t, d, bitmap[:64])
	judge("bitmap", model.view(), "check", "ntfsresize")
}

// TestFATJudgesObject is the same for FAT.
func TestFATJudgesObject(t *testing.T) {
	tool.Need(t, "mkfs.vfat", "fsck.vfat", "mcopy", "mdir", "mattrib")
	path := volume.Empty(t, 16<<20)
	foreign.Must(t, "mkfs.vfat", "-F", "16", path)
	d := openDevice(t, path, 512)
	v, err := fat.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	v.SetClock(clock())
	if err := v.WriteFile(`\a file`, bytes.NewReader(known), int64(len(known))); err != nil {
		t.Fatal(err)
	}
	j := &fatJudge{d}
	model := newDir("")
	n := &node{name: "a file", attrs: 0x20}
	n.setContent(known)
	model.add(n)
	judge := func(what string, want view, who ...string) {
		t.Helper()
		got := objects(j.judge(t, want, nil))
		if !slices.Equal(got, who) {
			t.Errorf("%s: %q object, want %q", what, got, who)
		}
	}
	judge("sound", model.view())
	attrs := model.view()
	attrs["a file"] = item{size: n.info().Size, hash: n.sum(), attrs: 0x21}
	judge("attributes", attrs, "mattrib")
	flipFirst(t, d, known)
	judge("content", model.view(), "mtools")
	flipFirst(t, d, append([]byte{known[0] ^ 0x20}, known[1:]...))
	boot, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reserved := int64(boot[0xe]) * 512
	if _, err := d.f.WriteAt([]byte{7, 0}, reserved+2*4); err != nil { // the chain goes astray
		t.Fatal(err)
	}
	if got := objects(j.judge(t, model.view(), nil)); !slices.Contains(got, "fsck.vfat") {
		t.Errorf("a chain gone astray: only %q object", got)
	}
}
