package hivesource

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// restoreDir is where System Restore of XP keeps its directories, one for each
// installation.
const restoreDir = `\System Volume Information`

// restorePoints adds the snapshots of all restore points.
func (f *finder) restorePoints() error {
	stores, err := f.list(restoreDir)
	if err != nil {
		return err
	}
	for _, store := range stores {
		if !strings.HasPrefix(strings.ToLower(store), "_restore{") {
			continue
		}
		dir := fs.JoinPath(restoreDir, store)
		points, err := f.list(dir)
		if err != nil {
			return err
		}
		for _, point := range points {
			if n, ok := strings.CutPrefix(strings.ToUpper(point), "RP"); ok {
				if _, err := strconv.ParseUint(n, 10, 32); err == nil {
					f.snapshot(fs.JoinPath(dir, point), point)
				}
			}
		}
	}
	return nil
}

// list gives the directories in a directory; none where it does not exist.
func (f *finder) list(dir string) ([]string, error) {
	entries, err := f.volume.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name)
		}
	}
	return names, nil
}

func (f *finder) snapshot(dir, point string) {
	c := f.try(Snapshot, fs.JoinPath(dir, "snapshot"), hives[f.hive])
	if c == nil {
		return
	}
	note, taken, err := f.pointLog(fs.JoinPath(dir, "rp.log"))
	if err != nil {
		c.reason("restore point %s: its rp.log says nothing: %v", point, err)
		return
	}
	c.Note, c.Taken = note, taken
	c.reason("restore point %s, %q, was made on %s", point, note, taken.Format(time.DateOnly))
}

// pointLog reads name and time of a restore point: in rp.log the name is UTF-16
// from byte 16 on, the FILETIME is at byte 528.
func (f *finder) pointLog(path string) (note string, taken time.Time, err error) {
	file, err := f.volume.Open(path)
	if err != nil {
		return "", taken, err
	}
	b := make([]byte, 536)
	if n, err := file.ReadAt(b, 0); n < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return "", taken, err
	}
	var name []uint16
	for i := 16; i < 528; i += 2 {
		u := uint16(b[i]) | uint16(b[i+1])<<8
		if u == 0 {
			break
		}
		name = append(name, u)
	}
	var t uint64
	for i := range 8 {
		t |= uint64(b[528+i]) << (8 * i)
	}
	return string(utf16.Decode(name)), regf.FileTime(t), nil
}
