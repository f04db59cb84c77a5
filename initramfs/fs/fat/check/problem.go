package check

import "fmt"

// Kind is the class of a Problem. The values are stable: they are printed in
// reports.
type Kind string

// What can be wrong; the package comment says what each compares.
const (
	BootSector    Kind = "boot-sector"
	BackupBoot    Kind = "backup-boot"
	Mirror        Kind = "mirror"
	Media         Kind = "media"
	Dirty         Kind = "dirty"
	Chain         Kind = "chain"
	ClusterShared Kind = "cluster-shared"
	ClusterLost   Kind = "cluster-lost"
	Size          Kind = "size"
	ShortName     Kind = "short-name"
	LongName      Kind = "long-name"
	Dot           Kind = "dot"
	Directory     Kind = "directory"
	FreeCount     Kind = "free-count"
	// Within only: something changed that the transaction is not about.
	ForeignSector  Kind = "foreign-sector" // outside of the data area
	ForeignFAT     Kind = "foreign-fat"    // an entry of the FAT
	ForeignCluster Kind = "foreign-cluster"
	ForeignEntry   Kind = "foreign-entry"
)

// Problem is one contradiction on a volume.
type Problem struct {
	Kind Kind
	Path string // of the file or directory, by 8.3 names; "" where none is meant
	Text string // what contradicts what
}

// String gives one line.
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s: %s", p.Kind, p.Text)
	}
	return fmt.Sprintf("%s: %s: %s", p.Kind, p.Path, p.Text)
}

// MaxProblems is how many are kept; Report.More says how many there were
// beyond.
const MaxProblems = 1000

// Report is the result of a check.
type Report struct {
	Problems           []Problem
	More               int
	Files, Directories int
	Free               int64 // clusters, by the FAT
}

// Sound reports whether nothing was found.
func (r *Report) Sound() bool { return len(r.Problems) == 0 }

func (c *checker) bad(kind Kind, path, format string, args ...any) {
	if len(c.r.Problems) == MaxProblems {
		c.r.More++
		return
	}
	c.r.Problems = append(c.r.Problems, Problem{kind, path, fmt.Sprintf(format, args...)})
}
