package pid1

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/bootmend/bootmend/initramfs/block/protection"
)

// protector write-protects disks in the kernel when they turn up. Only a repair that
// has a disk for itself, and a person who mounts for writing, get it writable.
type protector struct {
	sys       fs.FS
	disk      func(name string) error // protects a disk, with its partitions
	partition func(name string) error
	again     func() error
	report    func(error)

	mu sync.Mutex
	// seen are disks and partitions dealt with: what is lifted since is not protected
	// under somebody's hands.
	seen map[string]bool
	told map[string]bool // whose failure was reported
}

func (s *system) newProtector(sys fs.FS) *protector {
	k := protection.Here()
	return &protector{sys: sys, disk: k.Protect, partition: k.ProtectPartition, again: k.Again,
		report: func(err error) { s.sayf("write protection: %v", err) }}
}

// round protects what is new of the disks, which are as Disks lists them, and of their
// partitions. Floppies and CDs hold nobody's Windows, and are written to by hand.
func (p *protector) round(disks []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen, p.told = map[string]bool{}, map[string]bool{}
	}
	for _, d := range disks {
		name, _, _ := strings.Cut(d, " ")
		if strings.HasPrefix(name, "sr") || strings.HasPrefix(name, "fd") || readText(p.sys, path.Join("block", name, "hidden")) == "1" {
			continue // hidden: one path of an NVMe namespace
		}
		// A number that no other disk has had since the kernel started, as another disk
		// may get the same name (sysfs-block, diskseq).
		id := name + " " + readText(p.sys, path.Join("block", name, "diskseq"))
		p.once(id, func() error { return p.disk(name) })
		partitions, _ := fs.Glob(p.sys, path.Join("block", name, "*", "partition"))
		for _, f := range partitions {
			part := path.Base(path.Dir(f))
			p.once(id+" "+part, func() error { return p.partition(part) })
		}
	}
}

// once does what was not done yet. A device whose node is not there yet is tried again.
func (p *protector) once(id string, protect func() error) {
	if p.seen[id] {
		return
	}
	err := protect()
	p.seen[id] = err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !p.told[id] {
		p.told[id] = true
		p.report(err)
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
