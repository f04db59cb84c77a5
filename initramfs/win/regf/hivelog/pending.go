package hivelog

import (
	"fmt"
	"io"
	"strings"
)

// Pending says whether a transaction of the registry (KTM, Vista and later) is
// open, whose changes Windows would still apply to the hive.
type Pending string

// What can be said of transactions.
const (
	NotPending   Pending = "no transaction is pending"
	MaybePending Pending = "unknown whether a transaction is pending"
)

// TransactionFile is a file of the Common Log File System: those of config\TxR
// and, beside the hive, those whose names start with the hive's, that end in
// .blf or .regtrans-ms.
type TransactionFile struct {
	Name string
	R    io.ReaderAt
	Size int64
}

// Transactions judges whether a transaction is pending. The caller gives all
// transaction files there are. There is no certain yes: the format of these
// files is not documented, and the flag in the base block stays set in hives
// that were closed in order. What can be proved is that nothing is pending:
//
//   - the hive has no transaction manager (before Vista, or its id is empty),
//   - the flag is clear: the manager has released the hive,
//   - no container (.regtrans-ms) holds a byte that is not zero, so that there
//     is nothing that Windows could apply.
//
// The reason is a sentence. Errors are input/output errors.
func (r *Replay) Transactions(files []TransactionFile) (Pending, string, error) {
	if !r.Usable() {
		return MaybePending, "the hive cannot be used, so its base block does not tell", nil
	}
	b := make(base, sector)
	if err := readFull(r.Reader(), b, 0); err != nil {
		return MaybePending, "", fmt.Errorf("hive: %w", err)
	}
	switch {
	case string(b[offSignature:offSignature+4]) != "rmtm":
		return NotPending, "the hive was written by a Windows without transactions on the registry (before Vista)", nil
	case zero(b[offRmID : offRmID+16]):
		return NotPending, "the hive has no transaction manager", nil
	case b.u32(offFlags)&flagLocked == 0:
		return NotPending, "the transaction manager has released the hive", nil
	}
	var full, empty []string
	for _, f := range files {
		if !strings.HasSuffix(strings.ToLower(f.Name), ".regtrans-ms") {
			continue
		}
		used, err := anyByte(f)
		if err != nil {
			return MaybePending, "", err
		}
		if used {
			full = append(full, f.Name)
		} else {
			empty = append(empty, f.Name)
		}
	}
	switch {
	case len(full) > 0:
		return MaybePending, fmt.Sprintf("the transaction manager had the hive and has records in %s; whether one of them is still to be applied "+
			"is not written in a documented place. Healthy machines look like this, too", strings.Join(full, ", ")), nil
	case len(empty) > 0:
		return NotPending, "the transaction manager had the hive, but its files hold no record", nil
	}
	return NotPending, "the transaction manager had the hive, but there are no files in which a transaction could be kept", nil
}

// anyByte reports whether the file holds a byte that is not zero.
func anyByte(f TransactionFile) (bool, error) {
	buf := make([]byte, 64<<10)
	for off := int64(0); off < f.Size; off += int64(len(buf)) {
		b := buf[:min(int64(len(buf)), f.Size-off)]
		if err := readFull(f.R, b, off); err != nil {
			return false, fmt.Errorf("%s: %w", f.Name, err)
		}
		if !zero(b) {
			return true, nil
		}
	}
	return false, nil
}

// TransactionIDs are the identifiers that name the transaction files of the
// hive, as in {6cced301-6e01-11de-8bed-001e0bcd1824}: of the resource manager,
// its log and the transaction manager. Files of config\TxR may have others.
func (r *Replay) TransactionIDs() ([]string, error) {
	if !r.Usable() {
		return nil, nil
	}
	b := make(base, sector)
	if err := readFull(r.Reader(), b, 0); err != nil {
		return nil, fmt.Errorf("hive: %w", err)
	}
	if string(b[offSignature:offSignature+4]) != "rmtm" || zero(b[offRmID:offRmID+16]) {
		return nil, nil
	}
	var ids []string
	for _, off := range []int{offRmID, offLogID, offTmID} {
		g := b[off : off+16]
		ids = append(ids, fmt.Sprintf("{%08x-%04x-%04x-%x-%x}", le.Uint32(g), le.Uint16(g[4:]), le.Uint16(g[6:]), []byte(g[8:10]), []byte(g[10:16])))
	}
	return ids, nil
}

// StaleCopy is the name of the .ALT that must become a copy of the hive when
// the hive is written, "" when there is none.
func (r *Replay) StaleCopy() string {
	for _, l := range r.Logs {
		if n, _ := roleOf(l.Name); n == roleAlt && l.Format != Empty {
			return l.Name
		}
	}
	return ""
}
