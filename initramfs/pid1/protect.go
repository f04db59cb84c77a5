package pid1

import (
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/bootmend/bootmend/initramfs/block/protection"
)

// protector write-protects disks in the kernel when they turn up. Only a repair that
// has a disk for itself, and a person who mounts for writing, get it writable.
type protector struct {
	sys     fs.FS
	protect func(disk string) error
	again   func() error
	report  func(error)

	mu   sync.Mutex
	seen map[string]bool // disks dealt with: what is lifted since is not protected under somebody's hands
}

func (s *system) newProtector(sys fs.FS) *protector {
	k := protection.Here()
	return &protector{sys: sys, protect: k.Protect, again: k.Again, report: func(err error) { s.sayf("write protection: %v", err) }}
}

// round protects the new ones of the disks, which are as Disks lists them. Floppies and
// CDs hold nobody's Windows, and are written to by hand.
func (p *protector) round(disks []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	for _, d := range disks {
		name, _, _ := strings.Cut(d, " ")
		// A number that no other disk has had since the kernel started, as another disk
		// may get the same name (sysfs-block, diskseq).
		id := name + " " + readText(p.sys, path.Join("block", name, "diskseq"))
		if p.seen[id] || strings.HasPrefix(name, "sr") || strings.HasPrefix(name, "fd") {
			continue
		}
		p.seen[id] = true
		if err := p.protect(name); err != nil {
			p.report(err)
		}
	}
}

// disks are those that are there, protected.
func (p *protector) disks() []string {
	found := Disks(p.sys)
	p.round(found)
	return found
}

// watch protects what is attached later.
func (s *system) watch(p *protector) {
	go func() {
		for {
			<-s.after(plugWait)
			p.disks()
		}
	}()
}

// protectAgain is called when a program that could write has ended, in whatever way.
func (s *system) protectAgain() {
	if s.disks == nil {
		return
	}
	if err := s.disks.again(); err != nil {
		s.disks.report(err)
	}
}
