package pid1

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// system is the running image.
type system struct {
	out    *consoles
	reaper *reaper
	config Config
	loader *kmod.Loader
	after  func(time.Duration) <-chan time.Time
	// incomplete is why the image cannot be relied on, or nil: no verdict on a
	// disk then, because it may be the driver that is missing.
	incomplete error
	plug       *coldplug  // nil where modules cannot be loaded
	disks      *protector // nil until the hardware is looked at
	notes      []string   // for the full-screen interface: what of the options was not understood
	// unread: the engine said something that the full-screen interface would
	// clear away.
	unread   bool
	exitCode int        // of the last engine
	warned   int        // how many of the warnings of config were told
	leaving  sync.Mutex // held by who restarts the machine
	// mediaNamed: the person knows what to take out before the restart.
	mediaNamed bool
}

// Main is process 1. It never returns.
func Main() {
	s := &system{out: &consoles{}, reaper: newReaper(), after: time.After,
		loader: &kmod.Loader{Index: kmod.NewIndex()}}
	s.onCtrlAltDel()
	s.onLeaveCommands()
	s.guard("start", s.boot)
	first := true
	for {
		s.guard("menu", func() { s.serve(first) })
		first = false
		// Whatever went wrong there must not become a busy loop.
		time.Sleep(200 * time.Millisecond)
	}
}

// guard runs f and turns a panic into a message.
func (s *system) guard(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			// The place in the program is for whoever this is reported to.
			_ = os.WriteFile(failurePath, []byte(fmt.Sprintf("%v\n%s", r, debug.Stack())), 0o600)
			s.sayf("bootmend itself failed (%s: %v); report this with %s", what, r, failurePath)
			// What it was told may not have been read to its end: a scan does no harm.
			_ = s.config.hold(fmt.Errorf("bootmend itself failed (%s)", what))
			s.runShells()
		}
	}()
	f()
}

// failurePath has where in the program process 1 failed.
const failurePath = "/run/bootmend-failure"

// sayf shows a message of init's on all consoles.
func (s *system) sayf(format string, args ...any) {
	fmt.Fprint(s.out, bitlocker.Redact(fmt.Sprintf("bootmend: init: "+format+"\n", args...)))
}

// uptime is the seconds since the kernel started, 0 if that is unknown.
func (s *system) uptime() float64 {
	text, _ := os.ReadFile("/proc/uptime")
	seconds, err := ParseUptime(string(text))
	if err != nil {
		return 0
	}
	return seconds
}

// boot does everything up to the menu. Nothing that fails here ends it: with
// what is left a person may still get a shell.
func (s *system) boot() {
	mountErr := mountAll(mounts())
	out, err := openConsoles("/dev", ConsoleNames(os.DirFS("/sys")))
	s.out = out
	if err != nil {
		fmt.Fprintln(os.Stderr, "bootmend: init: no console:", err)
	}
	s.sayf("started [t=%.2f]", s.uptime())
	_ = unix.Sethostname([]byte("bootmend"))
	go seedRandom()
	if mountErr != nil {
		s.sayf("%v", mountErr)
	}
	text, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		s.sayf("%v", err)
	}
	s.config = ParseCmdline(string(text))
	s.warn()
	if n, err := CheckManifest(os.DirFS("/")); err != nil {
		s.incomplete = err
		s.sayf("%v", err)
		s.sayf("this machine has too little memory (192 MiB are enough), or the medium is damaged")
	} else {
		s.sayf("image complete: %d files [t=%.2f]", n, s.uptime())
	}
	s.findHardware()
	if err := mountAll(lateMounts()); err != nil {
		s.sayf("%v", err)
	}
	if s.config.wantsNetwork() {
		s.startNetwork()
	}
	s.readAnswers()
	s.startRemote(s.config.SSH)
}

// warn tells what of the options was not understood, once.
func (s *system) warn() {
	for _, w := range s.config.Warnings[s.warned:] {
		s.sayf("%s", w)
	}
	for _, w := range s.config.Warnings[s.warned:] {
		s.notes = append(s.notes, bitlocker.Redact(w))
	}
	s.warned = len(s.config.Warnings)
}

// findHardware loads modules and waits for the disks.
func (s *system) findHardware() {
	sys := os.DirFS("/sys")
	s.disks = s.newProtector(sys)
	s.disks.disks() // those of drivers in the kernel
	defer s.watch(s.disks)
	tree, err := moduleTree()
	if err != nil {
		s.sayf("%v", err)
		return
	}
	index, err := kmod.ReadIndex(os.DirFS(tree))
	if err != nil {
		s.sayf("modules: %v", err)
		return
	}
	s.loader = &kmod.Loader{Index: index, Insert: kmod.Insert(tree, s.config.Modules)}
	plug := &coldplug{sys: sys, loader: s.loader, wanted: notNetwork(index), report: s.noModule}
	s.plug = plug
	wait := settler{
		load:    plug.round,
		disks:   s.disks.disks,
		pending: func() []string { return Pending(sys) },
		usb:     func() bool { return HasUSB(sys) },
		medium:  mediumIn("/dev"),
		now:     time.Now, sleep: time.Sleep,
	}
	disks, late := wait.run()
	s.sayf("%d modules loaded [t=%.2f]", s.loader.Count(), s.uptime())
	for _, d := range disks {
		s.sayf("disk %s", d)
	}
	for _, d := range late {
		s.sayf("%s: no disk after %s, not waiting any longer", d, settlePending)
	}
	if !wait.hasPatient(disks) {
		s.sayf("no disk found: is the controller's driver in this image? lsdrivers and pci in the shell tell more")
	}
}

func (s *system) noModule(alias string, err error) { s.sayf("%v (for %s)", err, alias) }

// moduleTree returns the directory of the running kernel's modules.
func moduleTree() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", err
	}
	return filepath.Join("/lib/modules", unix.ByteSliceToString(u.Release[:])), nil
}

// seedRandom makes the kernel fill its random number generator. Processors
// without RDRAND give it nothing, and it only collects jitter while somebody
// waits for it; programs that ask without waiting (dhclient) would never get
// anything.
func seedRandom() {
	var b [1]byte
	_, _ = unix.Getrandom(b[:], 0)
}
