package builder

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/builder/progress"
	"github.com/bootmend/bootmend/builder/scratch"
	"github.com/bootmend/bootmend/initramfs/pid1"
)

// Options say what to build and from what.
type Options struct {
	Out    string // file to write
	Source string // directory of this module's sources
	Cache  string // directory for packages and temporary files
	Arch   Arch   // "" means AMD64
	// Offline builds from what the cache has.
	Offline bool
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
	// BitLockerKeys are recovery keys that the engine tries, or ID:KEY.
	BitLockerKeys []string
	// Answers is an answer file for the image.
	Answers string
	// LeaveOut are names of commands and programs that the image shall not have.
	LeaveOut []string
	// MoreModules are lines of a list of kernel modules (package modules).
	MoreModules []string
	// Extra are files of the person's own for the initramfs.
	Extra []ExtraFile
	// From is an image of the same kind that gives everything but Append, Drivers,
	// SSHKeys and Out: nothing is compiled then, and Epoch does not count; nothing is
	// downloaded but the boot loaders of PXE.
	From string
	// Epoch is the time of all files of the image.
	Epoch time.Time
	// Logf tells what is being done; nil drops it. Done, which may be nil, says that the last of it is.
	Logf func(format string, args ...any)
	Done func()
	// Progress is told how far the step is of which Logf told last, where that can be known; nil drops it.
	Progress progress.Func
	// Scratch knows what to remove when the build is broken off; it may be nil.
	Scratch *scratch.Space

	work  string  // a folder of Scratch for temporary files, from begin to done
	makes Product // what the function makes that was called
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

func checkEpoch(t time.Time) error {
	if t.Before(firstEpoch) || t.After(lastEpoch) {
		return fmt.Errorf("time of the files (SOURCE_DATE_EPOCH) %s: want 1980 … 2107", t.UTC())
	}
	return nil
}

func (o *Options) check() error {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Arch == "" {
		o.Arch = AMD64
	}
	var err error
	if o.Cache, err = filepath.Abs(o.Cache); err != nil { // tools run in other directories
		return err
	}
	if err := o.Arch.check(); err != nil {
		return err
	}
	if o.Arch == Universal && o.Kernel != "" {
		return errors.New("a universal medium has two kernels: a kernel of your own goes with one architecture")
	}
	if o.From != "" && (o.Arch != AMD64 || o.Kernel != "" || o.Modules != "") {
		return errors.New("an image that is there already (--from) has its architecture, kernel and modules: build one anew, without --from, for others")
	}
	if o.Kernel != "" || o.Modules != "" {
		if _, err := givenKernel(o.Kernel, o.Modules); err != nil {
			return fmt.Errorf("--kernel, --modules: %w", err)
		}
	}
	if _, err := (&build{Options: *o}).moduleList(); err != nil {
		return err
	}
	if err := errors.Join(o.checkLeaveOut(), keepInputs(o.Out, o.inputs())); err != nil {
		return err
	}
	if o.Out != "" {
		if err := CheckOutput(o.makes, o.Out); err != nil {
			return err
		}
	}
	if o.From == "" {
		if err := checkEpoch(o.Epoch); err != nil {
			return err
		}
	}
	if err := checkAppend(o.Append); err != nil {
		return err
	}
	return checkLength(o.Append, maxArgs-ourArgs)
}

// maxArgs is what Linux takes of a command line on a PC (COMMAND_LINE_SIZE without the zero
// at its end); what is behind it is lost without a word. ourArgs is no less than what our
// media and their boot loaders put before and behind a person's arguments.
const maxArgs, ourArgs = 2047, 300

// checkLength refuses arguments for which there is no room behind those of the medium and
// a space.
func checkLength(s string, room int) error {
	if room--; len(s) > room {
		return fmt.Errorf("kernel arguments of %d characters: this medium has room for %d; an answer file (bootmend.yaml on a stick or floppy) says the same at any length", len(s), room)
	}
	return nil
}

// checkAppend refuses what a boot loader's configuration would take for syntax, and what
// of our own options the image would not understand.
func checkAppend(s string) error {
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"'\$;{}<>|&#`, r) }); i >= 0 {
		return fmt.Errorf("kernel arguments %q: character %q cannot be passed through the boot loaders", s, s[i])
	}
	if w := pid1.ParseCmdline(s).Warnings; len(w) > 0 {
		return fmt.Errorf("the image would not do what is asked for; correct the kernel arguments (README.md lists options and values):\n  %s", strings.Join(w, "\n  "))
	}
	return nil
}
