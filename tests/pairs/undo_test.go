package pairs

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// takeBack undoes what was repaired, the last first, and compares with what was
// there.
func (c *course) takeBack(t *testing.T, before state, first document) {
	t.Helper()
	for _, id := range slices.Backward(c.undo) {
		r := built.Run(t, "undo", "--yes", id, c.image)
		if r.Code == command.ExitPerson && (c.broughtToLight(first) || c.wholeHive()) {
			return // said, and nothing is written
		}
		if r.Code != command.ExitOK {
			t.Errorf("undo: %v", r)
			return
		}
	}
	now := stateOf(t, c.image, c.damaged)
	readHives(before, now)
	if differ := changed(c.kept(before), c.kept(now)); len(differ) > 0 {
		t.Errorf("taken back, this is not what it was: %q", differ)
	}
	_, doc := c.run(t, "scan")
	if c.lostPartition() > 0 && c.refilled() {
		return // an empty file system is another finding than none
	}
	if want := slices.DeleteFunc(first.ids(), storage); !slices.Equal(slices.DeleteFunc(doc.ids(), storage), want) {
		t.Errorf("taken back, there are %v; before it were %v", doc.ids(), want)
	}
	if left, err := filepath.Glob(c.image + "?*"); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// broughtToLight reports whether the repair showed something that forbids to write,
// the undo included.
func (c *course) broughtToLight(first document) bool {
	return slices.ContainsFunc(c.damages, func(d damage.Damage) bool {
		return d.Blocks() && !first.has(d.Finding) && slices.Contains(c.seen, d.Finding)
	})
}

// wholeHive reports whether a hive was replaced as a whole and edited in a later
// repair: what that wrote is taken back value by value, and the hive is then not
// the one that was put in place.
func (c *course) wholeHive() bool {
	return len(c.undo) > 1 && slices.ContainsFunc(c.damages, func(d damage.Damage) bool {
		return slices.Contains([]string{"hive-log-pending", "hive-damaged", "hive-missing"}, d.Finding)
	})
}

// storage: a fault in how the file system stores a file. Its content is what undo
// brings back.
func storage(id string) bool { return id == "ntldr-compressed" || id == "bootmgr-compressed" }

// state is what is on a disk, by name.
type state map[string]content

type content struct {
	is   string // the bytes, or a hash of them
	hive string // the path of a copy, where it is a hive whose lines may be wanted
}

// changed are the names of what differs or is in one of them only.
func changed(a, b state) (names []string) {
	for name := range a {
		if now, ok := b[name]; !ok || now.is != a[name].is {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// stateOf is what an undo has to bring back: the sectors before the first
// partition, the boot sectors and their copies, and the files.
func stateOf(t *testing.T, image string, g *guests.Guest) state {
	t.Helper()
	all := filesOf(t, image, g)
	for n := range int64(34) {
		all[fmt.Sprintf("sector %d", n)] = content{is: sector(t, image, n*guests.SectorSize)}
	}
	for _, p := range g.Parts {
		if p.FS == "" {
			continue
		}
		for n := range int64(16) {
			if p.FS == "vfat" && (n == 1 || n == 7) {
				continue // FSInfo and its copy: hints where there is room
			}
			all[fmt.Sprintf("partition %d, sector %d", p.Number, n)] = content{is: sector(t, image, p.Start+n*guests.SectorSize)}
		}
		all[fmt.Sprintf("partition %d, last sector", p.Number)] = content{is: sector(t, image, p.Start+p.Size-guests.SectorSize)}
	}
	return all
}

// filesOf is what foreign drivers read: a hash of each file. A volume that cannot be
// read has none.
func filesOf(t *testing.T, image string, g *guests.Guest) state {
	t.Helper()
	all := state{}
	for i := range g.Parts {
		p := &g.Parts[i]
		if p.FS == "" {
			continue
		}
		dir := t.TempDir()
		if copyOut(oracle.Volume(t, image, p), p.FS, dir) != nil {
			all[fmt.Sprintf("partition %d", p.Number)] = content{is: "cannot be read"}
			continue
		}
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			return all.add(fmt.Sprintf("partition %d, %s", p.Number, path[len(dir):]), path)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// copyOut copies all files of a volume into a folder and removes the volume.
func copyOut(volume, system, dir string) error {
	defer os.Remove(volume)
	if system == "ntfs" {
		return guests.WithNTFS(volume, `cp -r . "$1"`, dir)
	}
	return exec.Command("mcopy", "-s", "-n", "-i", volume, "::", dir).Run()
}

// exports are the last hives as text, by their hash: most are the same in all guests,
// and hivexregedit takes its time. All would be tens of gigabytes in a campaign.
var exports recent

type recent struct {
	mu    sync.Mutex
	sums  []string // hashes of hives, the oldest first
	texts map[string][]string
}

func (r *recent) load(sum string) (lines []string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines, ok = r.texts[sum]
	return lines, ok
}

func (r *recent) store(sum string, lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.texts == nil {
		r.texts = map[string][]string{}
	}
	if _, ok := r.texts[sum]; !ok {
		r.sums, r.texts[sum] = append(r.sums, sum), lines
	}
	if len(r.sums) > 24 {
		delete(r.texts, r.sums[0])
		r.sums = r.sums[1:]
	}
}

func (s state) add(name, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c := content{is: fmt.Sprintf("%x", sha256.Sum256(data))}
	if bytes.HasPrefix(data, []byte("regf")) {
		c.hive = path
	}
	s[name] = c
	return nil
}

// readHives puts keys and values in the place of hives that are not the same in all
// states: hives are undone value by value, and their headers have other numbers then.
// What hivexregedit cannot read stays a hash.
func readHives(states ...state) {
	differ := map[string]bool{}
	for _, s := range states {
		for name, c := range s {
			differ[name] = differ[name] || c.hive != "" && slices.ContainsFunc(states, func(other state) bool { return other[name].is != c.is })
		}
	}
	for name := range differ {
		for _, s := range states {
			if c := s[name]; differ[name] && c.hive != "" {
				s.readHive(name, c)
			}
		}
	}
}

func (s state) readHive(name string, c content) {
	lines, ok := exports.load(c.is)
	if !ok {
		text, err := oracle.RegExport(c.hive)
		if err != nil {
			return
		}
		lines = text
		exports.store(c.is, text)
	}
	delete(s, name)
	for _, line := range lines {
		s[name+" "+folded(line)] = content{is: "there"}
	}
}

// folded is a line without regard to case, of names and of texts: the registry, and
// the names of services in it, know none.
func folded(line string) string {
	name, text, ok := strings.Cut(strings.ToLower(line), "=hex(1):")
	if !ok {
		return name
	}
	units := strings.Split(text, ",")
	for i := 0; i+1 < len(units); i += 2 {
		if n, err := strconv.ParseUint(units[i], 16, 8); err == nil && n >= 'A' && n <= 'Z' && units[i+1] == "00" {
			units[i] = fmt.Sprintf("%02x", n+'a'-'A')
		}
	}
	return name + "=" + strings.Join(units, ",")
}
