package guests

import (
	"slices"
	"strings"
)

// SectorSize is that of all guests' disks.
const SectorSize = 512

// Guest is a parsed description. Load and Parse make one; the With methods
// return changed copies, so that one description serves many tests.
type Guest struct {
	Name      string
	Size      int64  // of the disk, bytes
	GPT       bool   // else MBR
	ID        string // MBR: disk signature, 8 hex digits; GPT: disk GUID
	Parts     []Partition
	Broken    []Expect // machines on which it does not start
	Healthy   []Expect // machines on which it does
	NoMBRCode bool     // leave the code area of the MBR zero

	realStore string // the file in the collection that its store is made of, and what was
	realReg   string // merged into that
}

// Expect is what a description says of the guest on one machine.
type Expect struct {
	Machine     string   // profile for --machine
	Controller  string   // PCI id VVVV:DDDD, lower case
	Driver      string   // the service that is not started
	ControlSets []string // where: "ControlSet001" ...
}

// Partition is an entry of the partition table and what lies in it.
type Partition struct {
	Number int    // as sfdisk and the kernel count: logical from 5
	Type   string // MBR: two hex digits; GPT: GUID
	GUID   string // GPT: of the partition
	Name   string // GPT
	// Attributes of a GPT entry, 16 hexadecimal digits: 8000000000000001 is what
	// set-up gives recovery partitions (required, no drive letter).
	Attributes string `json:",omitempty"`
	Start      int64  // bytes from the start of the disk
	Size       int64  // bytes
	Active     bool
	FS         string // "ntfs", "vfat", "fat16" or "" for none
	Label      string
	Entries    []Entry
}

// Extended reports whether the partition is a container of logical ones.
func (p Partition) Extended() bool {
	return !strings.Contains(p.Type, "-") && (p.Type == "05" || p.Type == "0f")
}

// Kind of an Entry.
type Kind string

// The verbs of the description that fill a partition.
const (
	Dir  Kind = "dir"
	Text Kind = "text" // content in Data
	PE   Kind = "pe"   // Arg: arch; Version
	Zero Kind = "zero" // Arg: size
	Hive Kind = "hive" // Arg: name of the .reg, or path of a hive file
	File Kind = "file" // content in Data, byte for byte
	Cab  Kind = "cab"  // Arg: arch and names of the PE files in it; Version: of these
)

// Entry is a file or directory of a partition.
type Entry struct {
	Kind       Kind
	Path       string // Windows path from the root of the partition
	Arg        string
	Version    string   // PE: file version a.b.c.d; Hive: format version 1.x
	Original   string   `json:",omitempty"` // PE: OriginalFilename
	Imports    []string `json:",omitempty"` // PE: names of files
	Prefix     string   // Hive: what the key names of the .reg start with
	NoSecurity bool     `json:",omitempty"` // Hive: keys without security cells
	Reg        string   // Hive: .reg text, merged after that of Arg
	Data       []byte
}

// Partition returns the partition of that number.
func (g *Guest) Partition(number int) *Partition {
	for i := range g.Parts {
		if g.Parts[i].Number == number {
			return &g.Parts[i]
		}
	}
	return nil
}

// clone is a copy that shares nothing that With methods change.
func (g *Guest) clone() *Guest {
	c := *g
	c.Parts = slices.Clone(g.Parts)
	for i := range c.Parts {
		c.Parts[i].Entries = slices.Clone(c.Parts[i].Entries)
	}
	return &c
}

// Find returns partition number and entry of the file at path; partition 0
// means the first partition that has it. Case is ignored.
func (g *Guest) Find(partition int, path string) (int, *Entry) {
	for i := range g.Parts {
		p := &g.Parts[i]
		if partition != 0 && p.Number != partition {
			continue
		}
		for j := range p.Entries {
			if strings.EqualFold(p.Entries[j].Path, path) {
				return p.Number, &p.Entries[j]
			}
		}
	}
	return 0, nil
}

// With adds the entry to the partition, or replaces the one of the same path.
func (g *Guest) With(partition int, e Entry) *Guest {
	c := g.clone()
	if _, old := c.Find(partition, e.Path); old != nil {
		*old = e
		return c
	}
	p := c.Partition(partition)
	if p == nil {
		panic("guests: " + g.Name + " has no such partition")
	}
	p.Entries = append(p.Entries, e)
	return c
}

// Without drops the file at path from every partition. It panics when there
// is none: a test that removes nothing proves nothing.
func (g *Guest) Without(path string) *Guest {
	c := g.clone()
	found := false
	for i := range c.Parts {
		c.Parts[i].Entries = slices.DeleteFunc(c.Parts[i].Entries, func(e Entry) bool {
			hit := strings.EqualFold(e.Path, path)
			found = found || hit
			return hit
		})
	}
	if !found {
		panic("guests: " + g.Name + " has no " + path)
	}
	return c
}

// WithReg merges .reg text into the hive at path, behind its own text. Keys
// are written with the prefix of that hive.
func (g *Guest) WithReg(path, reg string) *Guest {
	c := g.clone()
	_, e := c.Find(0, path)
	if e == nil || e.Kind != Hive {
		panic("guests: " + g.Name + " has no hive " + path)
	}
	e.Reg += "\n" + reg
	return c
}
