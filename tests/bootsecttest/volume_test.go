package bootsecttest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/tests/realdata"
)

func need(tb testing.TB, tools ...string) {
	tb.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			tb.Skipf("SKIP-TOOL %s: not installed", tool)
		}
	}
}

func must(tb testing.TB, name string, args ...string) string {
	tb.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "MTOOLS_SKIP_CHECK=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// mem is a volume in memory. It is its own copy of what it was made of.
type mem []byte

func (m mem) Size() int64                             { return int64(len(m)) }
func (m mem) SectorSize() int                         { return 512 }
func (m mem) Flush() error                            { return nil }
func (m mem) WriteAt([]byte, int64) (int, error)      { return 0, block.ErrReadOnly }
func (m mem) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(m).ReadAt(p, off) }

// load reads a volume file into memory.
func load(tb testing.TB, path string) mem {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// save writes it to a file for foreign tools.
func (m mem) save(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "volume")
	if err := os.WriteFile(path, m, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// apply carries out patches that must fit.
func (m mem) apply(tb testing.TB, all []part.Patch) mem {
	tb.Helper()
	out := slices.Clone(m)
	for _, p := range all {
		if at := out[p.Off : p.Off+int64(len(p.Old))]; !bytes.Equal(at, p.Old) || len(p.Old) != len(p.New) {
			tb.Fatalf("%v does not fit: % X", p, at)
		}
		copy(out[p.Off:], p.New)
	}
	return out
}

// changed lists the ranges in which two volumes differ, 16 equal bytes between
// two of them at least.
func changed(a, b mem) (all [][2]int) {
	for i := range a {
		switch n := len(all); {
		case a[i] == b[i]:
		case n > 0 && i-all[n-1][1] <= 16:
			all[n-1][1] = i + 1
		default:
			all = append(all, [2]int{i, i + 1})
		}
	}
	return all
}

func read(tb testing.TB, m mem) *bootsect.Volume {
	tb.Helper()
	v, err := bootsect.Read(m)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// ntfs is a volume of mkntfs with a file in it.
func ntfs(tb testing.TB) mem {
	tb.Helper()
	need(tb, "mkntfs", "ntfscp")
	path := filepath.Join(tb.TempDir(), "ntfs")
	if err := os.WriteFile(path, make([]byte, 8<<20), 0o600); err != nil {
		tb.Fatal(err)
	}
	must(tb, "mkntfs", "-F", "-Q", "-q", "-s", "512", "-c", "2048", path) // clusters unlike those of the donors
	content := filepath.Join(tb.TempDir(), "content")
	if err := os.WriteFile(content, []byte("still here"), 0o600); err != nil {
		tb.Fatal(err)
	}
	must(tb, "ntfscp", path, content, "file")
	return load(tb, path)
}

// fatVolume is a volume of mkfs.vfat: bits 12, 16 or 32.
func fatVolume(tb testing.TB, bits string) mem {
	tb.Helper()
	need(tb, "mkfs.vfat")
	path := filepath.Join(tb.TempDir(), "fat")
	size := map[string]int64{"12": 2 << 20, "16": 16 << 20, "32": 40 << 20}[bits]
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		tb.Fatal(err)
	}
	must(tb, "mkfs.vfat", "-F", bits, path)
	return load(tb, path)
}

// windowsNTFS is a volume that Windows 10 formatted.
func windowsNTFS(tb testing.TB) mem {
	tb.Helper()
	return load(tb, realdata.File(tb, "disks/win-ntfs-8MiB-volume.raw.xz"))
}

// sound judges an NTFS volume: ntfsresize checks its structure, ntfscat reads
// the file.
func (m mem) sound(tb testing.TB) {
	tb.Helper()
	need(tb, "ntfsresize", "ntfscat")
	path := m.save(tb)
	must(tb, "ntfsresize", "-i", "-f", path)
	if got := must(tb, "ntfscat", path, "file"); got != "still here" {
		tb.Errorf("file: %q", got)
	}
}
