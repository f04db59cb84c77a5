package repair

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// start is where the volume begins, in sectors.
const start = 128

// fatDisk is a disk with one empty volume of the size of a floppy.
func fatDisk(*testing.T) []byte {
	b := make([]byte, 1440<<10)
	copy(b, "\xeb\x3c\x90MSDOS5.0")
	le := binary.LittleEndian
	le.PutUint16(b[0x0b:], 512)
	b[0x0d], b[0x0e], b[0x10], b[0x11], b[0x15], b[0x16], b[0x18], b[0x1a] = 1, 1, 2, 224, 0xf0, 9, 18, 2
	le.PutUint16(b[0x13:], 2880)
	copy(b[0x26:], "\x29\x01\x02\x03\x04NO NAME    FAT12   ")
	b[510], b[511] = 0x55, 0xaa
	for _, at := range []int{512, 10 * 512} {
		copy(b[at:], "\xf0\xff\xff")
	}
	return partitioned(b, 1)
}

func partitioned(volume []byte, kind byte) []byte {
	b := append(make([]byte, start*512), volume...)
	entry := b[0x1be:]
	entry[4] = kind
	binary.LittleEndian.PutUint32(entry[8:], start)
	binary.LittleEndian.PutUint32(entry[12:], uint32(len(volume)/512))
	b[510], b[511] = 0x55, 0xaa
	return b
}

// ntfsDisk is a disk with one empty volume that fills it.
func ntfsDisk(t *testing.T) []byte {
	if _, err := exec.LookPath("mkntfs"); err != nil {
		t.Skip("SKIP-TOOL mkntfs: not installed")
	}
	path := filepath.Join(t.TempDir(), "ntfs.img")
	if err := os.WriteFile(path, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkntfs", "-F", "-Q", "-q", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	volume, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return partitioned(volume, 7)
}

// carryOut lets steps change a disk on an overlay, stray change what it wants
// besides, and verifies the result.
func carryOut(t *testing.T, data []byte, make func(v *inspect.Volume) []step.Step, stray func(dev block.Device)) (*rehearsal, error) {
	t.Helper()
	d := &disk{data: data, failAfter: -1}
	p, err := inspect.Inspect(context.Background(), nil, []inspect.Source{{Path: "disk", Dev: d}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Volumes()) != 1 || p.Volumes()[0].FS == nil {
		t.Fatalf("volumes %v", p.Volumes())
	}
	findings, err := condition.Detect(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	steps := make(p.Volumes()[0])
	r := newRehearsal(&Plan{patient: p, findings: findings, opt: Options{Stamp: Stamp{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}})
	if err := r.apply(context.Background(), nil, steps); err != nil {
		t.Fatal(err)
	}
	stray(r.overlays[0])
	after, err := inspect.Inspect(context.Background(), nil, r.sources)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.verify(context.Background(), nil, after)
	return r, err
}

// mark is content that is easily found on a disk.
var mark = bytes.Repeat([]byte("do not lose this"), 300)

func contentOf(t *testing.T, b []byte) step.Content {
	t.Helper()
	c, err := step.NewContent(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// flip gives a fault: one bit at off.
func flip(t *testing.T, off int64) func(block.Device) {
	return func(dev block.Device) {
		var b [1]byte
		if _, err := dev.ReadAt(b[:], off); err != nil {
			t.Fatal(err)
		}
		if _, err := dev.WriteAt([]byte{b[0] ^ 1}, off); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingElse: the verification finds what steps did not ask for, anywhere
// on the volume that they change.
func TestNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		fresh func(*testing.T) []byte
		boot  []int64 // the boot sector and its copy
	}{"FAT": {fatDisk, []int64{start * 512}}, "NTFS": {ntfsDisk, []int64{start * 512, start*512 + 8<<20 - 512}}} {
		t.Run(name, func(t *testing.T) {
			empty := c.fresh(t)
			fill := func(v *inspect.Volume) []step.Step {
				return []step.Step{step.Mkdir{Volume: v, Path: `\dir`}, step.WriteFile{Volume: v, Path: `\dir\keep`, New: contentOf(t, mark)},
					step.WriteFile{Volume: v, Path: `\dir\old`, New: contentOf(t, mark[1:])}}
			}
			nothing := func(block.Device) {}
			r, err := carryOut(t, empty, fill, nothing)
			if err != nil {
				t.Fatal(err)
			}
			full := bytes.Clone(empty)
			if _, err := r.overlays[0].ReadAt(full, 0); err != nil {
				t.Fatal(err)
			}
			change := func(v *inspect.Volume) []step.Step {
				first, second, hidden := contentOf(t, mark[1:]).FileState, contentOf(t, mark[5:]).FileState, fs.AttrHidden
				all := []step.Step{
					step.Rename{Volume: v, From: `\dir`, To: `\folder`},
					step.WriteFile{Volume: v, Path: `\folder\old`, Old: &first, New: contentOf(t, mark[5:])},
					step.WriteFile{Volume: v, Path: `\folder\new`, New: contentOf(t, mark[9:]), Attributes: &hidden},
					step.WriteFile{Volume: v, Path: `\folder\old`, Old: &second, New: contentOf(t, mark[2:])},
				}
				for _, at := range c.boot {
					all = append(all, step.Patch{Disk: v.Disk, Volume: v, What: "boot code", Off: at + 0x1c0, Old: full[at+0x1c0 : at+0x1c1], New: []byte{0x99}})
				}
				return all
			}
			if _, err := carryOut(t, full, change, nothing); err != nil {
				t.Errorf("nothing went astray: %v", err)
			}
			for what, off := range map[string]int64{
				"content of another file": int64(bytes.Index(full, mark)) + 100,
				"boot code":               c.boot[0] + 0x100,
				"what was patched":        c.boot[0] + 0x1c0,
			} {
				var failed *VerifyError
				if _, err := carryOut(t, full, change, flip(t, off)); !errors.As(err, &failed) {
					t.Errorf("%s: %v", what, err)
				} else {
					t.Logf("%s: %s", what, strings.Join(failed.Problems, "; "))
				}
			}
		})
	}
}
