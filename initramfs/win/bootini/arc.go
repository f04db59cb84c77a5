package bootini

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Access is how an ARC path reaches a disk.
type Access string

// The accesses.
const (
	// Multi: through the BIOS (INT 13). The disk is RDisk, the number of the
	// BIOS less 0x80; Adapter and Disk are 0.
	Multi Access = "multi"
	// SCSI: through ntbootdd.sys, the driver of the adapter. The disk is Disk,
	// its SCSI id plus 32 for each bus before; RDisk is the LUN.
	SCSI Access = "scsi"
	// Signature: as SCSI, the disk found by the signature in its MBR.
	Signature Access = "signature"
)

// ARC is an ARC path: where a Windows is.
type ARC struct {
	Access    Access
	Adapter   uint32 // number of the adapter; disk signature for Signature
	Disk      int
	RDisk     int
	Partition int    // from 1, counted as part.Partition.NTNumber does
	Path      string // behind the parentheses: `\WINDOWS`
}

// NotARCError says that a text is no ARC path of a hard disk.
type NotARCError struct {
	Text string
	Why  string
}

func (e *NotARCError) Error() string {
	return fmt.Sprintf("%q is no ARC path of a partition: %s", e.Text, e.Why)
}

// arcSpans are where the parts of an ARC path are in its text.
type arcSpans struct {
	adapter, disk, rdisk, partition span // between the parentheses
	device                          int  // bytes before the path
}

// ParseARC reads an ARC path. Case does not matter; empty parentheses mean 0.
// Paths of CDs, of floppies and of ReactOS' RAM disk are errors.
func ParseARC(s string) (ARC, error) {
	a, _, err := parseARC(s)
	return a, err
}

func parseARC(s string) (a ARC, at arcSpans, err error) {
	fail := func(format string, args ...any) (ARC, arcSpans, error) {
		return ARC{}, arcSpans{}, &NotARCError{s, fmt.Sprintf(format, args...)}
	}
	word, value, pos, ok := component(s, 0)
	a.Access = Access(strings.ToLower(word))
	base := 10
	switch {
	case !ok:
		return fail("it does not begin with multi(), scsi() or signature()")
	case a.Access == Signature:
		base = 16
	case a.Access != Multi && a.Access != SCSI:
		return fail("%s() is none of multi(), scsi() and signature()", word)
	}
	n, ok := number(value.of([]byte(s)), base)
	if !ok {
		return fail("%q is no number", value.of([]byte(s)))
	}
	a.Adapter, at.adapter = uint32(n), value
	for _, c := range []struct {
		word string
		into *int
		at   *span
	}{{"disk", &a.Disk, &at.disk}, {"rdisk", &a.RDisk, &at.rdisk}, {"partition", &a.Partition, &at.partition}} {
		if word, value, pos, ok = component(s, pos); !ok || !strings.EqualFold(word, c.word) {
			return fail("%s() is missing", c.word)
		}
		n, ok := number(value.of([]byte(s)), 10)
		if !ok || n > math.MaxInt32 {
			return fail("%q is no number", value.of([]byte(s)))
		}
		*c.into, *c.at = int(n), value
	}
	a.Path, at.device = s[pos:], pos
	if a.Path != "" && a.Path[0] != '\\' {
		return fail("%q does not begin with a backslash", a.Path)
	}
	return a, at, nil
}

// component reads "word(value)" at pos.
func component(s string, pos int) (word string, value span, next int, ok bool) {
	open := strings.IndexByte(s[pos:], '(')
	if open < 1 {
		return "", span{}, 0, false
	}
	open += pos
	shut := strings.IndexByte(s[open:], ')')
	if shut < 0 {
		return "", span{}, 0, false
	}
	shut += open
	return s[pos:open], span{open + 1, shut}, shut + 1, true
}

func number(s string, base int) (uint64, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] == '+' || s[0] == '-' || strings.ContainsAny(s, "_xX") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 32)
	return n, err == nil
}

// Device is the path without the folder, as Windows writes it.
func (a ARC) Device() string {
	adapter := strconv.FormatUint(uint64(a.Adapter), 10)
	if a.Access == Signature {
		adapter = fmt.Sprintf("%08x", a.Adapter)
	}
	return fmt.Sprintf("%s(%s)disk(%d)rdisk(%d)partition(%d)", a.Access, adapter, a.Disk, a.RDisk, a.Partition)
}

// String is the path as Windows writes it.
func (a ARC) String() string { return a.Device() + a.Path }

// Equal reports whether both name the same folder by the same way. A signature()
// and a multi() path may lead to the same place and yet are not equal.
func (a ARC) Equal(b ARC) bool {
	return a.SameDevice(b) && strings.EqualFold(strings.TrimRight(a.Path, `\`), strings.TrimRight(b.Path, `\`))
}

// SameDevice reports whether both name the same partition by the same way.
func (a ARC) SameDevice(b ARC) bool {
	a.Path, b.Path = "", ""
	return a == b
}

// BusAndID splits the number in disk() of a scsi() or signature() path.
func (a ARC) BusAndID() (bus, id int) { return a.Disk / 32, a.Disk % 32 }

// OnBIOSDisk is the multi() path for a partition of the disk that the BIOS
// lists at this place, from 0. It is what scsi() and signature() paths become on
// a machine whose BIOS reaches every disk.
func OnBIOSDisk(rdisk, partition int, path string) ARC {
	return ARC{Access: Multi, RDisk: rdisk, Partition: partition, Path: path}
}
