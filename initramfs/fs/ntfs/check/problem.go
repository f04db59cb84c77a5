package check

import (
	"fmt"
	"strings"
)

// Kind is the class of a Problem. The values are stable: they are printed in
// reports.
type Kind string

// What can be wrong; the package comment says what each compares.
const (
	BootSector    Kind = "boot-sector"
	BackupBoot    Kind = "backup-boot"
	Mirror        Kind = "mirror"
	Record        Kind = "record"
	Attribute     Kind = "attribute"
	RunList       Kind = "run-list"
	Size          Kind = "size"
	AttributeList Kind = "attribute-list"
	ClusterFree   Kind = "cluster-free"   // in a run list, but free in $Bitmap
	ClusterLost   Kind = "cluster-lost"   // marked in $Bitmap, but in no run list
	ClusterShared Kind = "cluster-shared" // in two run lists
	MFTBitmap     Kind = "mft-bitmap"
	LinkCount     Kind = "link-count"
	FileName      Kind = "file-name"
	Parent        Kind = "parent"
	NameMissing   Kind = "name-missing"   // a $FILE_NAME without index entry
	EntryDangling Kind = "entry-dangling" // an index entry without $FILE_NAME
	ShortName     Kind = "short-name"
	Index         Kind = "index"
	IndexOrder    Kind = "index-order"
	IndexBitmap   Kind = "index-bitmap"
	DirectoryLoop Kind = "directory-loop"
	Unexplained   Kind = "unexplained" // Touched only: a bit changed that no touched record accounts for
	// Within only: something changed that the transaction is not about.
	ForeignCluster Kind = "foreign-cluster"
	ForeignRecord  Kind = "foreign-record"
	ForeignEntry   Kind = "foreign-entry"
)

// NoRecord is the Record of a Problem that belongs to no MFT record.
const NoRecord = -1

// Problem is one contradiction on a volume.
type Problem struct {
	Kind     Kind
	Record   int64  // MFT record number of the file, or NoRecord
	Place    string // structure: "$DATA", "index block 3", "cluster 40..47"
	Off      int64  // byte offset inside Place, -1 where that says nothing
	Expected string
	Actual   string
	// Mendable: what is right can be told without guessing: a copy of it exists
	// that was found to be sound, or it follows from what is sound.
	Mendable bool
}

// String gives one line.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", p.Kind)
	if p.Record >= 0 {
		fmt.Fprintf(&b, "MFT record %d ", p.Record)
	}
	b.WriteString(p.Place)
	if p.Off >= 0 {
		fmt.Fprintf(&b, " at %#x", p.Off)
	}
	fmt.Fprintf(&b, ": want %s, got %s", p.Expected, p.Actual)
	return b.String()
}

// Report is what a check found.
type Report struct {
	Problems []Problem
	// More is the number of problems that were found but not kept, because there
	// were more than maxProblems.
	More int
	// Old are problems that Touched saw in the volume before, too.
	Old []Problem
	// Patches mend the problems that are Mendable, all of them together. Touched
	// has none.
	Patches []Patch
	// Copy is where a copy of the boot sector lies that is where it says itself, in
	// bytes from the start of the volume; 0: none was needed, or there is none.
	Copy int64
	// Missing are the paths given to Quick that lead nowhere.
	Missing []string
	// What was looked at.
	Records, Files, Directories, Entries, Clusters int64
}

// maxProblems bounds the memory that a badly damaged volume takes.
const maxProblems = 1000

func (r *Report) add(p Problem) {
	if len(r.Problems) >= maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, p)
}

// Serious are the problems that make it unsafe to change the volume, or that
// show that something was lost. The others are space that nobody can use and
// copies that are out of date.
func (r *Report) Serious() []Problem {
	var all []Problem
	for _, p := range r.Problems {
		switch p.Kind {
		case ClusterLost, Mirror, BackupBoot, ShortName:
		default:
			all = append(all, p)
		}
	}
	return all
}

// note adds a problem.
func (c *checker) note(p Problem) {
	if !c.quiet {
		c.report.add(p)
	}
}

// bad adds a problem that cannot be mended.
func (c *checker) bad(kind Kind, record int64, place string, off int, expected string, format string, args ...any) {
	if c.quiet {
		return
	}
	c.report.add(Problem{Kind: kind, Record: record, Place: place, Off: int64(off), Expected: expected, Actual: fmt.Sprintf(format, args...)})
}
