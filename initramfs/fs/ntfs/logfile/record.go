package logfile

import "fmt"

// Op is what a record does to its target, forwards (redo) or backwards (undo).
type Op uint16

// The operations (ntfsrecover.h of ntfs-3g).
const (
	Noop Op = iota
	CompensationLogRecord
	InitializeFileRecordSegment
	DeallocateFileRecordSegment
	WriteEndOfFileRecordSegment
	CreateAttribute
	DeleteAttribute
	UpdateResidentValue
	UpdateNonResidentValue
	UpdateMappingPairs
	DeleteDirtyClusters
	SetNewAttributeSizes
	AddIndexEntryRoot
	DeleteIndexEntryRoot
	AddIndexEntryAllocation
	DeleteIndexEntryAllocation
	WriteEndOfIndexBuffer
	SetIndexEntryVcnRoot
	SetIndexEntryVcnAllocation
	UpdateFileNameRoot
	UpdateFileNameAllocation
	SetBitsInNonResidentBitMap
	ClearBitsInNonResidentBitMap
	HotFix
	EndTopLevelAction
	PrepareTransaction
	CommitTransaction
	ForgetTransaction
	OpenNonResidentAttribute
	OpenAttributeTableDump
	AttributeNamesDump
	DirtyPageTableDump
	TransactionTableDump
	UpdateRecordDataRoot
	UpdateRecordDataAllocation
	op35
	op36
	ZeroEndOfFileRecord // Windows 10; "action 37" in ntfs-3g
)

var opNames = [...]string{"Noop", "CompensationLogRecord", "InitializeFileRecordSegment", "DeallocateFileRecordSegment", "WriteEndOfFileRecordSegment",
	"CreateAttribute", "DeleteAttribute", "UpdateResidentValue", "UpdateNonResidentValue", "UpdateMappingPairs", "DeleteDirtyClusters",
	"SetNewAttributeSizes", "AddIndexEntryRoot", "DeleteIndexEntryRoot", "AddIndexEntryAllocation", "DeleteIndexEntryAllocation",
	"WriteEndOfIndexBuffer", "SetIndexEntryVcnRoot", "SetIndexEntryVcnAllocation", "UpdateFileNameRoot", "UpdateFileNameAllocation",
	"SetBitsInNonResidentBitMap", "ClearBitsInNonResidentBitMap", "HotFix", "EndTopLevelAction", "PrepareTransaction", "CommitTransaction",
	"ForgetTransaction", "OpenNonResidentAttribute", "OpenAttributeTableDump", "AttributeNamesDump", "DirtyPageTableDump", "TransactionTableDump",
	"UpdateRecordDataRoot", "UpdateRecordDataAllocation", "operation 35", "operation 36", "ZeroEndOfFileRecord"}

// String is the name that all sources use.
func (o Op) String() string {
	if int(o) < len(opNames) {
		return opNames[o]
	}
	return fmt.Sprintf("operation %d", uint16(o))
}

// Offsets in a record: the header of the log file service, then the client's.
const (
	recLSN       = 0x00
	recPrevious  = 0x08
	recUndoNext  = 0x10
	recLength    = 0x18
	recType      = 0x20
	recTransact  = 0x24
	recHeader    = 0x30
	recRedoOp    = 0x30
	recUndoOp    = 0x32
	recRedoOff   = 0x34
	recRedoLen   = 0x36
	recUndoOff   = 0x38
	recUndoLen   = 0x3a
	recTarget    = 0x3c
	recLCNs      = 0x3e
	recRecordOff = 0x40
	recAttrOff   = 0x42
	recCluster   = 0x44
	recVCN       = 0x48
	recList      = 0x50

	typeStandard   = 1
	typeCheckpoint = 2
	maxRecord      = 128 << 10
)

// Record is one record of the log.
type Record struct {
	LSN, Previous, UndoNext LSN
	Checkpoint              bool
	Transaction             uint32 // its offset in the table of transactions
	Redo, Undo              Op
	Target                  uint16  // offset in the table of open attributes
	VCN                     int64   // of the page in the attribute
	SectorOff               int     // of the changed structure in the page, in units of 512 bytes
	RecordOff, AttrOff      int     // in the changed structure; in the attribute or index entry there
	LCNs                    []int64 // where the page lies, from VCN on
	RedoLen, UndoLen        int
	RedoData, UndoData      []byte // nil where a length stands for zeros
	client                  []byte // what the client wrote
}

// parseRecord reads the client's part; b is the whole record.
func parseRecord(b []byte) (Record, error) {
	r := Record{LSN: LSN(le.Uint64(b[recLSN:])), Previous: LSN(le.Uint64(b[recPrevious:])), UndoNext: LSN(le.Uint64(b[recUndoNext:])),
		Transaction: le.Uint32(b[recTransact:]), client: b[recHeader:]}
	what := fmt.Sprintf("record %#x", uint64(r.LSN))
	switch t := le.Uint32(b[recType:]); t {
	case typeCheckpoint:
		r.Checkpoint = true
		return r, nil
	case typeStandard:
	default:
		return r, damaged(what, "type %d", t)
	}
	if len(b) < recList {
		return r, damaged(what, "%d bytes", len(b))
	}
	u16 := func(at int) int { return int(le.Uint16(b[at:])) }
	r.Redo, r.Undo, r.Target = Op(u16(recRedoOp)), Op(u16(recUndoOp)), uint16(u16(recTarget))
	r.RecordOff, r.AttrOff, r.SectorOff = u16(recRecordOff), u16(recAttrOff), u16(recCluster)
	r.VCN = int64(le.Uint64(b[recVCN:]))
	n := u16(recLCNs)
	if recList+8*n > len(b) || r.VCN < 0 {
		return r, damaged(what, "%d LCNs in %d bytes, VCN %d", n, len(b), r.VCN)
	}
	for i := range n {
		r.LCNs = append(r.LCNs, int64(le.Uint64(b[recList+8*i:])))
	}
	r.RedoLen, r.UndoLen = u16(recRedoLen), u16(recUndoLen)
	r.RedoData, r.UndoData = data(b, u16(recRedoOff), r.RedoLen), data(b, u16(recUndoOff), r.UndoLen)
	return r, nil
}

// data cuts n bytes at off of the client's part; nil when they are not there.
func data(b []byte, off, n int) []byte {
	if n == 0 || recHeader+off+n > len(b) {
		return nil
	}
	return b[recHeader+off : recHeader+off+n]
}
