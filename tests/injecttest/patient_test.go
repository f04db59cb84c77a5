package injecttest

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
)

// profile is a machine by its name.
func profile(t testing.TB, name string) *machine.Machine {
	t.Helper()
	m, err := machine.Profile(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// open inspects an image in a machine.
func open(t testing.TB, image string, m *machine.Machine) (*inspect.Patient, *inspect.Installation) {
	t.Helper()
	dev, err := block.OpenReadOnly(image)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	p, err := inspect.Inspect(t.Context(), m, []inspect.Source{{Path: image, Dev: dev}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Windows) != 1 {
		t.Fatalf("%d Windows on %s", len(p.Windows), image)
	}
	return p, p.Windows[0]
}

// commit carries steps out on the image as a repair does.
func commit(t testing.TB, p *inspect.Patient, steps []step.Step) {
	t.Helper()
	findings, err := condition.Detect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	opt := repair.Options{Homes: repair.Homes{StateDir: t.TempDir()}}
	plan, err := repair.NewActionPlan(t.Context(), p, findings, []repair.Action{{Title: "put a driver in", Steps: steps}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Commit(t.Context(), func(path string) (repair.Target, error) { return block.OpenExclusive(path) }); err != nil {
		t.Fatal(err)
	}
}

var unpacked = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "bootmend-drivers") })

// bootmend is the command under test.
var bootmend command.Binary

// TestMain builds the command and removes what was unpacked.
func TestMain(m *testing.M) {
	code := command.Main(m, &bootmend)
	if dir, err := unpacked(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

var unpackOnce sync.Once

// collection is the folder of all real driver packages: virtio, dp, vmware and
// genahci below it.
func collection(t testing.TB) string {
	t.Helper()
	dir, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob(filepath.Join(realdata.Dir(t), "drivers", "*.tar.xz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Skip("SKIP-REALDATA drivers: collection of real data not present")
	}
	unpackOnce.Do(func() {
		for _, archive := range archives {
			short, _, _ := strings.Cut(filepath.Base(archive), ".")
			short, _, _ = strings.Cut(short, "-")
			untar(t, filepath.Join(dir, short), realdata.File(t, "drivers/"+filepath.Base(archive)))
		}
	})
	return dir
}

func untar(t testing.TB, dir, archive string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		name := path.Clean("/" + h.Name)
		if _, rest, ok := strings.Cut(name, "virtio-win-0.1.240/"); ok {
			name = rest
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// from is a folder of the collection as a medium. Drivers that the collection
// lacks (it has the INF files of most vendors only) are replaced by standIn, so
// that the rest can be tested.
func from(t testing.TB, below string, standIn maker) source.Tree {
	t.Helper()
	dir := filepath.Join(collection(t), filepath.FromSlash(below))
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	return standing{media.Folder(dir), standIn}
}

// standing answers for drivers that are not there.
type standing struct {
	source.Tree
	make maker
}

// maker makes the driver of that name.
type maker func(name string) []byte

func (s standing) Open(path string) (source.File, error) {
	f, err := s.Tree.Open(path)
	if err != nil && s.make != nil && strings.EqualFold(source.Ext(path), ".sys") {
		return content{strings.NewReader(string(s.make(source.Base(path))))}, nil
	}
	return f, err
}

type content struct{ *strings.Reader }

func (c content) Size() int64 { return c.Reader.Size() }

// standInOf makes drivers of the version of the installation's own, as stand-ins
// for those that the collection lacks. Each says its name, as real ones do.
func standInOf(t testing.TB, w *inspect.Installation) maker {
	t.Helper()
	f, err := w.Volume.FS.Open(w.Path(`system32\drivers\disk.sys`))
	if err != nil {
		t.Fatal(err)
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		t.Fatal(err)
	}
	v, err := image.Version()
	if err != nil {
		t.Fatal(err)
	}
	arch := map[inspect.Arch]string{inspect.X86: "x86", inspect.AMD64: "x64"}[w.Arch]
	return func(name string) []byte {
		b, err := guests.NamedStandIn(arch, v.File.String(), name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// pci parses VVVV:DDDD:CCSSPP, which subsystem (device and vendor) and revision
// may follow: 1af4:1001:010000:00021af4:00.
func pci(t testing.TB, text string) machine.Controller {
	t.Helper()
	fields := strings.Split(text, ":")
	c := profile(t, "pci:"+strings.Join(fields[:3], ":")).Controllers[0]
	if len(fields) == 5 {
		subsystem, err := strconv.ParseUint(fields[3], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		revision, err := strconv.ParseUint(fields[4], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c.SubDevice, c.SubVendor, c.Revision = uint16(subsystem>>16), uint16(subsystem), uint8(revision)
	}
	return c
}

// machineOf has one controller.
func machineOf(c machine.Controller) *machine.Machine {
	return &machine.Machine{Profile: c.ID(), Controllers: []machine.Controller{c}}
}
