package regfcheck

import "fmt"

// Kind names an inconsistency.
type Kind string

// What can be wrong. A Finding says where and how.
const (
	BaseSignature Kind = "base block signature"
	BaseChecksum  Kind = "base block checksum"
	BaseSequence  Kind = "sequence numbers differ"
	BaseField     Kind = "base block field"
	BaseRoot      Kind = "root key offset"
	BaseBins      Kind = "hbins size"
	FileShort     Kind = "file is cut"

	BinSignature Kind = "hbin signature"
	BinOffset    Kind = "hbin offset"
	BinSize      Kind = "hbin size"
	CellSize     Kind = "cell size"

	RefBad    Kind = "reference to no cell"
	RefFree   Kind = "reference to a free cell"
	RefShared Kind = "cell used twice"
	CellShort Kind = "cell too small"
	Orphan    Kind = "allocated cell not used"

	KeySignature   Kind = "key signature"
	KeyParent      Kind = "parent of a key"
	KeyFlags       Kind = "key flags"
	KeyName        Kind = "key name"
	KeyLoop        Kind = "key listed twice"
	KeyDepth       Kind = "keys nested too deep"
	KeyLongest     Kind = "longest name or data of a key"
	ListSignature  Kind = "subkey list signature"
	ListCount      Kind = "subkey count"
	ListOrder      Kind = "subkey order"
	ListDuplicate  Kind = "subkey name twice"
	ListHash       Kind = "subkey hash"
	ValueCount     Kind = "value count"
	ValueSignature Kind = "value signature"
	ValueName      Kind = "value name"
	ValueData      Kind = "value data size"
	DataSegments   Kind = "big data"
	ClassName      Kind = "class name"

	SecuritySignature Kind = "security signature"
	SecurityRing      Kind = "security ring"
	SecurityCount     Kind = "security reference count"
	SecurityData      Kind = "security descriptor"
)

// Finding is one inconsistency.
type Finding struct {
	Kind Kind
	// Harmless: Windows leaves it behind itself and works with it.
	Harmless bool
	Off      int64 // in the file, of what is wrong
	// Key is the file offset of the key node that it was met at, 0 for none,
	// and Path the key's path from the root, "" for the root.
	Key  int64
	Path string
	Want string // what the format demands, may be empty
	Got  string // what is there, may be empty
	Text string // in words

	mend mend
}

// String gives all of it on one line.
func (f Finding) String() string {
	s := fmt.Sprintf("%s at %#x: %s", f.Kind, f.Off, f.Text)
	if f.Key != 0 {
		s = fmt.Sprintf("%s at %#x, key \\%s: %s", f.Kind, f.Off, f.Path, f.Text)
	}
	if f.Want != "" {
		s += ", want " + f.Want
	}
	if f.Got != "" {
		s += ", got " + f.Got
	}
	return s
}

// maxFindings bounds a report; beyond it only Counts goes on.
const maxFindings = 10_000

// Report is the result of Check.
type Report struct {
	Findings []Finding
	// Counts has the number of findings of each kind, those that are not in
	// Findings, too.
	Counts map[Kind]int
	// Damaged is the number of findings that are not harmless.
	Damaged int

	Keys, Values int
	Cells        int   // allocated and reached
	Lost         int64 // bytes in allocated cells that nothing uses
	BinsSize     int64

	size int64    // of the file
	c    *checker // what mends know
}

// Damage gives the findings that are not harmless.
func (r *Report) Damage() (list []Finding) {
	for _, f := range r.Findings {
		if !f.Harmless {
			list = append(list, f)
		}
	}
	return list
}

// count counts a finding and says whether there is room for it. What is harmless
// must not crowd out damage.
func (r *Report) count(k Kind, harmless bool) bool {
	r.Counts[k]++
	if !harmless {
		r.Damaged++
	}
	n := len(r.Findings)
	return n < maxFindings/2 || !harmless && n < maxFindings
}
