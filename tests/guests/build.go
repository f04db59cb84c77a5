package guests

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/tests/sparse"
)

// generation is part of every cache key. Raise it when the same description
// gives another image, because this code or its use of a tool changed.
const generation = 5

// cabinetDate is that of all files in cabinets: of Windows 2000 SP4.
var cabinetDate = time.Date(2003, 6, 19, 12, 0, 0, 0, time.UTC)

// Build gives the test a private, writable image of the guest, raw and sparse.
func (g *Guest) Build(tb testing.TB) string {
	tb.Helper()
	dst := filepath.Join(tb.TempDir(), g.Name+".img")
	if err := g.Write(dst); err != nil {
		tb.Fatalf("guest %s: %v", g.Name, err)
	}
	return dst
}

// BuildOnce is Build for what no other test builds: nothing is kept of it.
func (g *Guest) BuildOnce(tb testing.TB) string {
	tb.Helper()
	dst := filepath.Join(tb.TempDir(), g.Name+".img")
	g, err := g.withStores()
	if err == nil {
		err = g.make(dst)
	}
	if err != nil {
		tb.Fatalf("guest %s: %v", g.Name, err)
	}
	return dst
}

// MustLoad is Load for tests.
func MustLoad(tb testing.TB, name string) *Guest {
	tb.Helper()
	g, err := Load(name)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

// Write makes dst an image of the guest, from the cache where it is there.
func (g *Guest) Write(dst string) error {
	g, err := g.withStores()
	if err != nil {
		return err
	}
	key, err := g.key()
	if err != nil {
		return err
	}
	dir, err := cacheDir()
	if err != nil {
		return err
	}
	cached := filepath.Join(dir, g.Name+"-"+key+".img")
	unlock, err := lock(cached + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if now := time.Now(); os.Chtimes(cached, now, now) != nil {
		prune(dir)
		if err := g.make(cached); err != nil {
			return err
		}
	}
	return sparse.CopyFile(dst, cached)
}

// key is a hash of everything that decides the image: the description, the
// texts of the hives and the hive files.
func (g *Guest) key() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, generation)
	c := g.clone()
	for _, p := range c.Parts {
		for i, e := range p.Entries {
			if e.Kind == Cab {
				fmt.Fprintln(h, cabinetDate)
			}
			if e.Kind != Hive {
				continue
			}
			sum, err := hiveSum(e)
			if err != nil {
				return "", err
			}
			p.Entries[i].Arg = sum // wherever the file lies this time
		}
	}
	if err := json.NewEncoder(h).Encode(c); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// hiveSum is a hash of what the hive of an entry starts from.
func hiveSum(e Entry) (string, error) {
	text, err := "", error(nil)
	if strings.Contains(e.Arg, "/") {
		var data []byte
		data, err = os.ReadFile(e.Arg)
		text = string(data)
	} else {
		text, err = regText(e.Arg)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text))), err
}

func cacheDir() (string, error) {
	dir := os.Getenv("BOOTMEND_GUESTS")
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			base = os.TempDir()
		}
		dir = filepath.Join(base, "bootmend", "guests")
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// lock keeps two test binaries from building the same image at once.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// prune removes images that nobody asked for in two weeks.
func prune(dir string) {
	all, _ := filepath.Glob(filepath.Join(dir, "*.img"))
	for _, path := range all {
		if st, err := os.Stat(path); err == nil && time.Since(st.ModTime()) > 14*24*time.Hour {
			os.Remove(path)
			os.Remove(path + ".lock")
		}
	}
}

// make builds the image beside dst and moves it there when it is complete.
func (g *Guest) make(dst string) error {
	work, err := os.MkdirTemp(filepath.Dir(dst), "work-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	image := filepath.Join(work, "disk.img")
	if err := os.WriteFile(image, nil, 0o644); err != nil {
		return err
	}
	if err := os.Truncate(image, g.Size); err != nil {
		return err
	}
	if err := writeTable(image, g); err != nil {
		return err
	}
	for _, p := range g.Parts {
		if p.FS == "" {
			continue
		}
		volume := filepath.Join(work, fmt.Sprintf("part%d", p.Number))
		if err := makeVolume(volume, g, p); err != nil {
			return fmt.Errorf("partition %d: %w", p.Number, err)
		}
		if err := sparse.Replace(image, p.Start, volume); err != nil {
			return err
		}
	}
	return os.Rename(image, dst)
}
