package readtest

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/logfile"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// realLogs are volumes that Windows made, with the log since they were
// formatted, and a log alone: where each volume starts.
var realLogs = []struct {
	file  string
	start int64
}{
	{"disks/win10-ntfs-lastaccess.raw.xz", 128 * 512},
	{"disks/win-ntfs-2K-clusters-index.raw.xz", 128 * 512},
	{"disks/win10-gpt-3MiB-ntfs.raw.xz", 128 * 512},
	{"disks/win-ntfs-8MiB-volume.raw.xz", 0},
}

// volumeFile copies the volume alone into a file of its own, sparse.
func volumeFile(t *testing.T, file string, start int64) string {
	t.Helper()
	path := realdata.File(t, file)
	if start == 0 {
		return path
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeSparse(t, path, b[start:])
	return path
}

func writeSparse(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := sparse.Write(path, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
}

// foreignRecord is a record as ntfsrecover lists it.
type foreignRecord struct {
	lsn, previous, undoNext uint64
	redo, undo              uint16
}

var listed = regexp.MustCompile(`(?s)\nthis_lsn\s+([0-9a-f]+).*?client_previous_lsn\s+([0-9a-f]+).*?client_undo_next_lsn\s+([0-9a-f]+).*?record_type\s+0000000([12])(.*?redo_operation\s+([0-9a-f]+).*?undo_operation\s+([0-9a-f]+))?`)

// list gives what ntfsrecover finds from the first page on.
func list(t *testing.T, path string) (all []foreignRecord) {
	t.Helper()
	tool.Need(t, "ntfsrecover")
	out, _ := tool.Run("ntfsrecover", "-f", "-v", path)
	hex := func(b []byte) uint64 {
		n, _ := strconv.ParseUint(string(b), 16, 64)
		return n
	}
	for _, m := range listed.FindAllSubmatch(out, -1) {
		r := foreignRecord{lsn: hex(m[1]), previous: hex(m[2]), undoNext: hex(m[3])}
		if m[4][0] == '1' {
			r.redo, r.undo = uint16(hex(m[6])), uint16(hex(m[7]))
		}
		all = append(all, r)
	}
	return all
}

// firstOf finds the oldest record from which the log can be followed to its
// end. Before it ntfsrecover lists what older rounds left.
func firstOf(t *testing.T, l *logfile.Log, all []foreignRecord) logfile.LSN {
	t.Helper()
	slices.SortFunc(all, func(a, b foreignRecord) int { return cmp.Compare(a.lsn, b.lsn) })
	for _, r := range all {
		if _, err := l.Walk(logfile.LSN(r.lsn), func(logfile.Record) error { return nil }); err == nil {
			return logfile.LSN(r.lsn)
		}
	}
	t.Fatal("the log cannot be followed from anywhere")
	return 0
}

// TestLogWalk compares every record of real logs with what ntfsrecover reads.
func TestLogWalk(t *testing.T) {
	for _, c := range realLogs {
		t.Run(c.file, func(t *testing.T) {
			path := volumeFile(t, c.file, c.start)
			f, err := openVolume(t, path).Open(`\$LogFile`)
			if err != nil {
				t.Fatal(err)
			}
			l, err := logfile.Open(f, f.Info().Size)
			if err != nil {
				t.Fatal(err)
			}
			foreign := list(t, path)
			first := firstOf(t, l, foreign)
			walked, ops := map[uint64]foreignRecord{}, map[string]int{}
			last, err := l.Walk(first, func(r logfile.Record) error {
				w := foreignRecord{lsn: uint64(r.LSN), previous: uint64(r.Previous), undoNext: uint64(r.UndoNext), redo: uint16(r.Redo), undo: uint16(r.Undo)}
				walked[w.lsn] = w
				if r.Checkpoint {
					ops["checkpoint"]++
				} else {
					ops[r.Redo.String()]++
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			same, stale := 0, 0
			for _, r := range foreign {
				w, ok := walked[r.lsn]
				switch {
				case !ok && r.lsn >= uint64(first) && r.lsn <= uint64(last):
					t.Errorf("%+v is only seen by ntfsrecover", r)
				case !ok:
					stale++
				case ok && w != r:
					t.Errorf("%+v, ntfsrecover says %+v", w, r)
				default:
					same++
				}
			}
			if same < len(walked)*9/10 {
				t.Errorf("only %d of %d records compared", same, len(walked))
			}
			t.Logf("%#x to %#x: %d records, %d seen the same by ntfsrecover, which lists %d stale ones too", uint64(first), uint64(last), len(walked), same, stale)
			t.Log(ops)
		})
	}
}

// TestLogAlone: a log of Windows 7 without its volume, of which only the start
// was kept, and one of Windows 10 in use.
func TestLogAlone(t *testing.T) {
	open := func(name string, size int64) (*logfile.Log, error) {
		b, err := os.ReadFile(realdata.File(t, name))
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, bytes.Repeat([]byte{0xff}, int(max(0, size-int64(len(b)))))...)
		return logfile.Open(bytes.NewReader(b), int64(len(b)))
	}
	if _, err := open("ntfs-parts/LogFile_10.bin.xz", 0); !errors.Is(err, fs.ErrUnsupported) || !strings.Contains(err.Error(), "2.0") {
		t.Errorf("version 2.0: %v", err)
	}
	l, err := open("ntfs-parts/LogFile_7.bin.xz", 0x1678000)
	if err != nil || !l.Clean() {
		t.Fatalf("clean log: %v", err)
	}
	p, err := l.Analyse()
	if err != nil || !p.Empty() || len(p.Unknown) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
	path := realdata.File(t, "ntfs-parts/LogFile_7.bin.xz")
	first := firstOf(t, l, list(t, path))
	checkpoints, plans := 0, 0
	_, err = l.Walk(first, func(r logfile.Record) error {
		if !r.Checkpoint {
			return nil
		}
		checkpoints++
		q, err := open("ntfs-parts/LogFile_7.bin.xz", 0x1678000)
		if err != nil {
			return err
		}
		p, err := q.AnalyseFrom(r.LSN)
		if err != nil {
			return err
		}
		for _, u := range p.Unknown {
			t.Error(u)
		}
		if p.Redo > 0 {
			plans++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("from %#x: %d checkpoints, %d with something to do", uint64(first), checkpoints, plans)
}
