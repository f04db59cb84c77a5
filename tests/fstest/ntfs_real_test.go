package fstest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// realVolumes are the NTFS volumes of the collection: where each starts in its
// image. tar archives hold one sparse image.
var realVolumes = []struct {
	file  string
	start int64 // in sectors of 512 bytes
	flags ntfs.VolumeFlags
	log   string // version of a log in use, "" for an empty one
}{
	{"disks/win10-ntfs-lastaccess.raw.xz", 128, 0x0080, "1.1"},
	{"disks/win10-ntfs-2MiB-clusters.raw.xz", 128, 0x0080, "1.1"},
	{"disks/win-ntfs-2K-clusters-index.raw.xz", 128, 0x0080, "1.1"},
	{"disks/linux-ntfs3.raw.xz", 0, 0, ""},
	{"disks/win2003-ntfs-128GB-sparse.tgz", 63, 0, "1.1"},
	{"disks/win-gpt-msr-data-sparse.tar.gz", 0, 0x0080, "1.1"},
	{"disks/win10-gpt-3MiB-ntfs.raw.xz", 128, 0x0080, "1.1"},
	{"disks/win-ntfs-8MiB-volume.raw.xz", 0, 0x0080, "1.1"},
	{"disks/mkntfs-windows-tree.raw.xz", 0, 0, ""},
}

// TestNTFSReal compares all that Windows made with ntfsprogs' view of it.
func TestNTFSReal(t *testing.T) {
	for _, r := range realVolumes {
		t.Run(filepath.Base(r.file), func(t *testing.T) {
			tool.Need(t, "ntfscat", "ntfsls")
			image := realdata.File(t, r.file)
			if strings.HasSuffix(image, "gz") {
				image = volume.Untar(t, image)
			}
			disk := volume.OpenFile(t, image, os.O_RDONLY, 512)
			start := r.start * 512
			if start == 0 && filepath.Ext(r.file) == ".gz" {
				start = volume.FindNTFS(t, disk)
			}
			dev, err := block.NewSection(disk, block.Range{Off: start, Len: disk.Size() - start})
			if err != nil {
				t.Fatal(err)
			}
			v, err := ntfs.Open(dev)
			if err != nil {
				t.Fatal(err)
			}
			b := v.Boot()
			t.Logf("clusters of %d, records of %d, %d sectors", b.ClusterSize(), b.RecordSize, b.TotalSectors)
			checkRealState(t, v, r.flags, r.log)
			loop := loopDevice(t, image, start)
			compareReal(t, v, dev, loop)
		})
	}
}

func checkRealState(t *testing.T, v *ntfs.Volume, flags ntfs.VolumeFlags, log string) {
	t.Helper()
	st, err := v.State()
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	if !st.Log.Empty {
		got = fmt.Sprintf("%d.%d", st.Log.Major, st.Log.Minor)
	}
	if st.Flags != flags || got != log || !st.Log.Clean || len(st.Blockers()) != 0 {
		t.Errorf("state: %+v, want flags %#x, log %q, clean", st, flags, log)
	}
	t.Logf("label %q, version %d.%d, flags %#04x, %s", st.Label, st.Major, st.Minor, st.Flags, st.Log.Why)
}

// loopDevice gives the tools, which know no offsets, the volume alone.
func loopDevice(tb testing.TB, image string, start int64) string {
	tb.Helper()
	if start == 0 {
		return image
	}
	return volume.Loop(tb, image, "--read-only", "--offset", fmt.Sprint(start))
}

// compareReal walks the volume and compares each directory with ntfsls and
// each file with ntfscat and with go-ntfs.
func compareReal(t *testing.T, v *ntfs.Volume, dev io.ReaderAt, loop string) {
	t.Helper()
	files, dirs, unsupported, second := 0, 0, 0, 0
	var walk func(dir string)
	walk = func(dir string) {
		list, err := v.ReadDir(dir)
		if errors.Is(err, fs.ErrUnsupported) {
			unsupported++
			t.Logf("not compared: %v", err)
			return
		}
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			return
		}
		dirs++
		compareListing(t, dir, list, loop)
		for _, i := range list {
			path := fs.JoinPath(dir, i.Name)
			if i.IsDir() {
				walk(path)
				continue
			}
			got, err := readAll(v, path)
			if errors.Is(err, fs.ErrUnsupported) {
				unsupported++
				t.Logf("not compared: %v", err)
				continue
			}
			if err != nil {
				t.Error(err)
				continue
			}
			files++
			if sum := catSum(t, loop, path); sum != sha256.Sum256(got) {
				t.Errorf("%s: %d bytes that ntfscat sees otherwise", path, len(got))
			}
			other, err := secondopinion.ReadFile(dev, path, 1<<30)
			if err != nil {
				t.Logf("no second opinion: %v", err)
			} else if !bytes.Equal(other, got) {
				t.Errorf("%s: go-ntfs reads %d bytes otherwise", path, len(other))
			} else {
				second++
			}
		}
	}
	walk(`\`)
	// Not $MFT and $MFTMirr, of which ntfscat shows records with their fix-ups
	// applied.
	for _, meta := range []string{`\$Boot`, `\$Bitmap`, `\$UpCase`, `\$LogFile`, `\$AttrDef`} {
		got, err := readAll(v, meta)
		if err != nil {
			t.Error(err)
		} else if sum := catSum(t, loop, meta); sum != sha256.Sum256(got) {
			t.Errorf("%s: differs from ntfscat's", meta)
		}
		files++
	}
	t.Logf("%d files and %d directories are the same; go-ntfs agrees on %d; %d not supported", files, dirs, second, unsupported)
}

func readAll(v fs.FS, path string) ([]byte, error) {
	f, err := v.Open(path)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Info().Size))
	if err == nil && int64(len(b)) != f.Info().Size {
		err = fmt.Errorf("%s: %d of %d bytes", path, len(b), f.Info().Size)
	}
	return b, err
}

// catSum is the hash of what ntfscat prints.
func catSum(t *testing.T, loop, path string) (sum [sha256.Size]byte) {
	t.Helper()
	h := sha256.New()
	var errs bytes.Buffer
	cmd := exec.Command("ntfscat", "-f", loop, strings.ReplaceAll(path, `\`, "/"))
	cmd.Stdout, cmd.Stderr = h, &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("ntfscat %s: %v: %s", path, err, errs.Bytes())
	}
	h.Sum(sum[:0])
	return sum
}

// compareListing compares names with those of ntfsls, which hides the files of
// the file system too.
func compareListing(t *testing.T, dir string, list []fs.Info, loop string) {
	t.Helper()
	out := tool.Must(t, "ntfsls", "-f", "-p", strings.ReplaceAll(dir, `\`, "/"), loop)
	theirs := map[string]bool{}
	for _, l := range strings.Split(string(out), "\n") {
		if l != "" && l != "." && l != ".." {
			theirs[l] = true
		}
	}
	for _, i := range list {
		if !theirs[i.Name] {
			t.Errorf("%s: ntfsls does not list %q", dir, i.Name)
		}
		delete(theirs, i.Name)
	}
	for n := range theirs {
		t.Errorf("%s: %q is only listed by ntfsls", dir, n)
	}
}

// TestLogFilesReal judges three logs that Windows wrote.
func TestLogFilesReal(t *testing.T) {
	for _, c := range []struct {
		file  string
		clean bool
		ver   string
	}{{"LogFile_7", true, "1.1"}, {"LogFile_10", false, "2.0"}, {"LogFile_empty", true, "0.0"}} {
		t.Run(c.file, func(t *testing.T) {
			f := volume.OpenFile(t, realdata.File(t, "ntfs-parts/"+c.file+".bin.xz"), os.O_RDONLY, 512)
			s, err := ntfs.JudgeLog(f, f.Size())
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%d.%d", s.Major, s.Minor); s.Clean != c.clean || got != c.ver || s.Empty != (c.ver == "0.0") {
				t.Errorf("%+v, want clean %t, version %s", s, c.clean, c.ver)
			}
			t.Logf("%s %+v", s.Why, s.Evidence)
		})
	}
}

// TestBootSectorsReal parses boot sectors of Windows by themselves.
func TestBootSectorsReal(t *testing.T) {
	for file, want := range map[string]string{"512.boot": "512", "4k.boot": "512", "4kn.boot": "4096", "volume_start_3.bin": "512", "volume_start_nosc_2003.bin": "512"} {
		t.Run(file, func(t *testing.T) {
			raw, err := os.ReadFile(realdata.File(t, "ntfs-parts/"+file+".xz"))
			if err != nil {
				t.Fatal(err)
			}
			b, err := ntfs.ParseBoot(raw, 1<<50)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(b.BytesPerSector); got != want {
				t.Errorf("%s bytes per sector, want %s", got, want)
			}
			t.Logf("cluster %d, record %d, index %d, hidden %d, heads %d, $MFT %d, %d sectors", b.ClusterSize(), b.RecordSize, b.IndexSize,
				b.HiddenSectors, b.Heads, b.MFT, b.TotalSectors)
		})
	}
}
