package builder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/zstd"
)

// Options say what to build and from what.
type Options struct {
	Out    string // file to write
	Source string // directory of this module's sources
	Cache  string // directory for packages and temporary files
	// Kernel and Modules are a kernel image and its module tree
	// (…/lib/modules/RELEASE); both empty for the distribution's.
	Kernel, Modules string
	// Append is put at the end of the kernel's command line.
	Append string
	// Drivers are paths that driver packages are taken from: folders, ISO images,
	// cabinets, self-extracting programs.
	Drivers []string
	// DriversInMemory puts them into the initramfs instead of onto the medium: for
	// starting from where Linux finds no medium (PXE, a boot loader that loads ISO
	// images). They take memory.
	DriversInMemory bool
	// SSHKeys are files with public keys of people who may come in over the network
	// where that is up.
	SSHKeys []string
	// From is an image of the same kind that gives everything but Append, Drivers,
	// SSHKeys and Out: nothing is downloaded or compiled then, and Epoch does not count.
	From string
	// Epoch is the time of all files of the image.
	Epoch time.Time
	// Logf tells what is being done; nil drops it.
	Logf func(format string, args ...any)
}

// Sizes are the sizes of an image's parts in bytes.
type Sizes struct {
	Image, Kernel, Initramfs, Commands int64
	Modules                            int // number of modules
	ModuleBytes                        int64
	Drivers                            *drivers.Set // nil: none were asked for
}

// Epochs outside of these cannot be expressed in FAT directories.
var firstEpoch, lastEpoch = time.Unix(315532800, 0), time.Unix(4354819199, 0)

func (o *Options) check() error {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.From == "" && (o.Epoch.Before(firstEpoch) || o.Epoch.After(lastEpoch)) {
		return fmt.Errorf("time of the files %s: want 1980 … 2107", o.Epoch.UTC())
	}
	return checkAppend(o.Append)
}

// checkAppend refuses what a boot loader's configuration would take for syntax.
func checkAppend(s string) error {
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"'\$;{}<>|&#`, r) }); i >= 0 {
		return fmt.Errorf("kernel arguments %q: character %q cannot be passed through the boot loaders", s, s[i])
	}
	return nil
}

func (o Options) tempDir() string { return filepath.Join(o.Cache, "tmp") }

// assemble checks the options and returns what goes onto a medium of any kind, driver
// packages included.
func (o *Options) assemble() (*iso.Medium, Sizes, error) {
	if err := o.check(); err != nil {
		return nil, Sizes{}, err
	}
	if err := os.MkdirAll(o.tempDir(), 0o755); err != nil {
		return nil, Sizes{}, err
	}
	// First, because it is what can be wrong with the call.
	packages, err := o.collectDrivers()
	if err != nil {
		return nil, Sizes{}, err
	}
	medium, sizes, err := content(*o)
	if err != nil {
		return nil, Sizes{}, err
	}
	sizes.Drivers = packages
	return medium, sizes, o.addDrivers(medium, packages)
}

// ISO builds a hybrid ISO image.
func ISO(o Options) (Sizes, error) {
	medium, sizes, err := o.assemble()
	if err != nil {
		return Sizes{}, err
	}
	if err := os.MkdirAll(filepath.Dir(o.Out), 0o755); err != nil {
		return Sizes{}, err
	}
	o.Logf("writing %s", o.Out)
	if err := iso.Write(o.Out, *medium, o.tempDir()); err != nil {
		return Sizes{}, err
	}
	info, err := os.Stat(o.Out)
	if err != nil {
		return Sizes{}, err
	}
	sizes.Image = info.Size()
	return sizes, nil
}

// content returns what the image is made of.
func content(o Options) (*iso.Medium, Sizes, error) {
	keys, err := o.readSSHKeys() // first, because it is what can be wrong with the call
	if err != nil {
		return nil, Sizes{}, err
	}
	medium, sizes, err := withoutKeys(o)
	if err != nil {
		return nil, Sizes{}, err
	}
	return medium, sizes, addSSHKeys(medium, keys)
}

func withoutKeys(o Options) (*iso.Medium, Sizes, error) {
	if o.From != "" {
		medium, err := iso.Read(o.From)
		if err != nil {
			return nil, Sizes{}, err
		}
		medium.SetAppend(o.Append)
		return medium, Sizes{}, nil
	}
	cache := packageCache{dir: o.Cache, logf: o.Logf}
	medium, err := loaderFiles(cache)
	if err != nil {
		return nil, Sizes{}, err
	}
	sizes, err := addSystem(o, cache, medium)
	return medium, sizes, err
}

// addSystem adds kernel, initramfs and the boot loaders' configuration.
func addSystem(o Options, cache packageCache, m *iso.Medium) (Sizes, error) {
	k, err := o.kernel(cache)
	if err != nil {
		return Sizes{}, err
	}
	image, err := os.ReadFile(k.image)
	if err != nil {
		return Sizes{}, err
	}
	set, err := chooseModules(k)
	if err != nil {
		return Sizes{}, fmt.Errorf("kernel %s: %w", k.release, err)
	}
	o.Logf("kernel %s: %d modules", k.release, len(set.Files))
	o.Logf("compiling the commands")
	binary, names, err := buildCommands(o)
	if err != nil {
		return Sizes{}, err
	}
	more, err := foreignFiles(cache)
	if err != nil {
		return Sizes{}, fmt.Errorf("programs of the distribution: %w", err)
	}
	o.Logf("packing the initramfs")
	initrd, err := initramfs(zstd.Encoder{Dir: filepath.Join(o.Cache, "zstd")}, binary, names, set, more, k.release, o.Epoch)
	if err != nil {
		return Sizes{}, err
	}
	for name, content := range iso.BootFiles(image, initrd, o.Append) {
		m.Files[name] = content
	}
	m.Epoch = o.Epoch
	return Sizes{Kernel: int64(len(image)), Initramfs: int64(len(initrd)), Commands: int64(len(binary)),
		Modules: len(set.Files), ModuleBytes: set.Size()}, nil
}

func (o Options) kernel(cache packageCache) (kernel, error) {
	if o.Kernel != "" || o.Modules != "" {
		return givenKernel(o.Kernel, o.Modules)
	}
	return debianKernel(cache)
}

// loaderFiles returns a medium with the boot loaders on it.
func loaderFiles(cache packageCache) (*iso.Medium, error) {
	got := map[string][]byte{}
	for name, src := range bootLoaders() {
		content, err := cache.read(src)
		if err != nil {
			return nil, fmt.Errorf("boot loader %s: %w", name, err)
		}
		got[name] = content
	}
	return &iso.Medium{
		Files: map[string][]byte{
			"isolinux/isolinux.bin": got["isolinux.bin"],
			"isolinux/ldlinux.c32":  got["ldlinux.c32"],
		},
		ESP: map[string][]byte{
			"/EFI/BOOT/BOOTX64.EFI": got["shim"],
			"/EFI/BOOT/GRUBX64.EFI": got["grub"],
			"/EFI/BOOT/MMX64.EFI":   got["mokmanager"],
		},
		MBRCode: got["isohdpfx.bin"],
	}, nil
}
