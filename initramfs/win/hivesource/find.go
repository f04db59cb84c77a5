package hivesource

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// hives are the names that Find knows, of files in System32\config.
var hives = map[string]string{ // name in System Restore
	"SYSTEM": "_REGISTRY_MACHINE_SYSTEM", "SOFTWARE": "_REGISTRY_MACHINE_SOFTWARE", "SAM": "_REGISTRY_MACHINE_SAM",
	"SECURITY": "_REGISTRY_MACHINE_SECURITY", "DEFAULT": "_REGISTRY_USER_.DEFAULT",
}

// Find lists the candidates for one hive, SYSTEM, SOFTWARE, SAM, SECURITY or
// DEFAULT, of the Windows whose directory is root (`\Windows`) on the volume,
// the best first. Useless ones that exist are in the list, with the reason. What
// cannot be read is a candidate's reason; the error is of the arguments or of
// directories that cannot be read.
func Find(volume fs.FS, root, hive string) ([]Candidate, error) {
	hive = strings.ToUpper(hive)
	if hives[hive] == "" {
		return nil, fmt.Errorf("no replacement is known for a hive %q", hive)
	}
	f := finder{volume: volume, hive: hive}
	config := fs.JoinPath(root, "System32", "config")
	f.try(Own, config, hive)
	f.try(Alternate, config, hive+".alt")
	f.try(RegBack, fs.JoinPath(config, "RegBack"), hive)
	f.try(RegBack, fs.JoinPath(config, "RegBack"), hive+".OLD")
	f.try(Backup, fs.JoinPath(root, "repair", "RegBack"), hive)
	f.try(Setup, fs.JoinPath(root, "repair"), hive)
	f.try(Setup, fs.JoinPath(root, "repair"), hive+"._")
	f.try(Setup, config, hive+".sav")
	if err := f.restorePoints(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(f.found, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), b.Written.Compare(a.Written))
	})
	return f.found, nil
}

type finder struct {
	volume fs.FS
	hive   string
	found  []Candidate
}

// try adds a file if it exists.
func (f *finder) try(kind Kind, dir, name string) *Candidate {
	path := fs.JoinPath(dir, name)
	file, err := f.volume.Open(path)
	if errors.Is(err, fs.ErrNotExist) && kind != Own {
		return nil
	}
	c := Candidate{Kind: kind, Path: path, Dir: dir, Quality: Useless}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		file = missing{}
		c.reason("the file is not there")
	case err != nil:
		c.reason("it cannot be read: %v", err)
	}
	if file != nil {
		c.Written = file.Info().Modified
		logs, err := f.logs(dir, name)
		if err == nil {
			err = c.judge(file, logs, f.hive)
		}
		if err != nil {
			c.Quality = Useless
			c.reason("it cannot be read: %v", err)
		}
	}
	if kind == Own && c.Quality == Useless && c.State == hivelog.Lost && len(c.Reasons) == 0 {
		c.reason("nothing of it can be used")
	}
	f.found = append(f.found, c)
	return &f.found[len(f.found)-1]
}

// logs opens the logs beside a hive.
func (f *finder) logs(dir, name string) ([]hivelog.Log, error) {
	var logs []hivelog.Log
	for _, suffix := range []string{".LOG", ".LOG1", ".LOG2"} {
		file, err := f.volume.Open(fs.JoinPath(dir, name+suffix))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("log %s%s: %w", name, suffix, err)
		}
		logs = append(logs, hivelog.Log{Name: name + suffix, R: file, Size: file.Info().Size})
	}
	return logs, nil
}

// missing stands for a hive that is not there: its logs may hold all of it.
type missing struct{ fs.File }

func (missing) Info() fs.Info { return fs.Info{} }

func (c *Candidate) reason(format string, args ...any) {
	c.Reasons = append(c.Reasons, fmt.Sprintf(format, args...))
}
