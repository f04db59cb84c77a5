package ntfs

import (
	"bytes"
	"fmt"
	"io"
)

// LogState is the verdict on $LogFile. Windows writes two restart pages in
// turn; the newer one says whether anybody has the log open and whether the
// volume was dismounted in order.
type LogState struct {
	Clean        bool
	Empty        bool // never used since it was reset: all FF
	Major, Minor uint16
	Why          string // a sentence
	Evidence     []Evidence
}

// Offsets in a restart page and in the restart area that it contains, and its
// flag (logfile.h of ntfs-3g).
const (
	rstrSystemPage = 0x10
	rstrLogPage    = 0x14
	rstrArea       = 0x18
	rstrMinor      = 0x1a
	rstrMajor      = 0x1c
	rstrHeaderSize = 0x1e

	areaLSN        = 0x00
	areaClients    = 0x08
	areaInUse      = 0x0c
	areaFlags      = 0x0e
	areaLength     = 0x14
	areaClientsOff = 0x16
	areaFileSize   = 0x18
	areaMinSize    = 0x20

	areaFlagClean = 0x0002
	noClient      = 0xffff
)

// maxLogPage is the largest page size that is looked at.
const maxLogPage = 64 << 10

// restartPage is what a restart page says.
type restartPage struct {
	at           int64
	lsn          uint64
	inUse, flags uint16
	major, minor uint16
	systemPage   int64
}

func (v *Volume) logState() (LogState, error) {
	s, err := v.metaStream(recordLogFile, `\$LogFile`)
	if err != nil {
		return LogState{}, err
	}
	return JudgeLog(s, s.size)
}

// JudgeLog decides whether a log of size bytes is clean:
//
//   - All FF is an unused log. The first 64 KiB are compared, and beyond them
//     the pages at powers of two, where a restart page could be.
//   - Otherwise the newer of the two restart pages counts: 0 and one system
//     page behind it. It is clean when no client has the log open, or when the
//     flag says that the volume is clean.
//   - Version 2.0 (Windows 8 and later while the volume is in use, or after a
//     fast shutdown) is not clean even when the page looks so: Windows keeps
//     metadata in its cache across the shutdown. A full shutdown leaves 1.1.
//   - A restart page that is torn or damaged, or a version that is not known,
//     is not clean.
func JudgeLog(r io.ReaderAt, size int64) (LogState, error) {
	if size < 2*fixupStride {
		return LogState{Why: fmt.Sprintf("$LogFile cannot be judged: it has only %d bytes", size)}, nil
	}
	head := make([]byte, min(size, maxLogPage))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return LogState{}, err
	}
	empty, err := logEmpty(r, head, size)
	if err != nil {
		return LogState{}, err
	}
	if empty {
		return LogState{Clean: true, Empty: true, Why: "$LogFile is empty (all FF)",
			Evidence: []Evidence{{Path: `\$LogFile`, What: "first page", Got: "all FF"}}}, nil
	}
	pages, state := restartPages(head, size)
	if state.Why != "" {
		return state, nil
	}
	newest := pages[0]
	for _, p := range pages[1:] {
		if p.lsn > newest.lsn {
			newest = p
		}
	}
	return newest.judge(state), nil
}

func (p restartPage) judge(s LogState) LogState {
	s.Major, s.Minor = p.major, p.minor
	idle, clean := p.inUse == noClient, p.flags&areaFlagClean != 0
	switch {
	case p.major == 2 && p.minor == 0:
		s.Why = "$LogFile has version 2.0: Windows 8 or later has the volume in use or was shut down in fast startup mode; shut Windows down completely"
	case p.major != 1 || p.minor != 1:
		s.Why = fmt.Sprintf("$LogFile has the unknown version %d.%d", p.major, p.minor)
	case !idle && !clean:
		s.Why = "$LogFile is not clean: the volume was not dismounted, transactions wait to be replayed by Windows"
	case idle:
		s.Clean, s.Why = true, "$LogFile is clean: no client has it open"
	default:
		s.Clean, s.Why = true, "$LogFile is clean: the volume was dismounted in order"
	}
	return s
}

func logEmpty(r io.ReaderAt, head []byte, size int64) (bool, error) {
	if len(bytes.Trim(head, "\xff")) > 0 {
		return false, nil
	}
	for at := int64(maxLogPage); at < size; at *= 2 {
		var b [4]byte
		if n, err := r.ReadAt(b[:], at); n < len(b) && err != io.EOF {
			return false, err
		}
		if m := string(b[:]); m == "RSTR" || m == "CHKD" {
			return false, nil
		}
	}
	return true, nil
}

// restartPages finds both pages. Why of the returned state is set when they do
// not allow a verdict other than "not clean".
func restartPages(head []byte, size int64) (pages []restartPage, s LogState) {
	second := int64(0)
	for at := int64(0); at < int64(len(head)); at = max(2*at, fixupStride) {
		if second != 0 && at != second {
			continue
		}
		b := head[at:]
		if len(b) < fixupStride {
			break
		}
		magic := string(b[:4])
		if magic == "\xff\xff\xff\xff" || magic != "RSTR" && magic != "CHKD" {
			if at == 0 || at == second {
				s.Evidence = append(s.Evidence, Evidence{Path: `\$LogFile`, Off: at, What: "restart page", Got: fmt.Sprintf("magic %q", magic)})
			}
			continue
		}
		p, err := parseRestartPage(b, at, size)
		if err != nil {
			s.Why = fmt.Sprintf("$LogFile cannot be judged: %v", err)
			s.Evidence = append(s.Evidence, Evidence{Path: `\$LogFile`, Off: at, What: "restart page", Got: err.Error()})
			return nil, s
		}
		s.Evidence = append(s.Evidence, Evidence{Path: `\$LogFile`, Off: at, What: "restart page",
			Got: fmt.Sprintf("%s version %d.%d, LSN %#x, clients in use %#04x, flags %#04x", magic, p.major, p.minor, p.lsn, p.inUse, p.flags)})
		if pages = append(pages, p); len(pages) == 2 {
			return pages, s
		}
		if at == 0 {
			second = p.systemPage
		}
	}
	if len(pages) == 0 {
		s.Why = "$LogFile cannot be judged: it is not empty and has no restart page"
	}
	return pages, s
}

// parseRestartPage checks the page at the start of b.
func parseRestartPage(b []byte, at, size int64) (restartPage, error) {
	what := fmt.Sprintf("$LogFile restart page at %#x", at)
	page := int64(le.Uint32(b[rstrSystemPage:]))
	if page < fixupStride || page > maxLogPage || !powerOfTwo(int(page)) || page > int64(len(b)) || page > size {
		return restartPage{}, damaged(what, rstrSystemPage, "system pages of %d bytes", page)
	}
	if n := le.Uint32(b[rstrLogPage:]); n < fixupStride || n > maxLogPage || !powerOfTwo(int(n)) {
		return restartPage{}, damaged(what, rstrLogPage, "log pages of %d bytes", n)
	}
	b = bytes.Clone(b[:page])
	if err := applyFixups(b, what); err != nil {
		return restartPage{}, err
	}
	ofs := int64(le.Uint16(b[rstrArea:]))
	if ofs < rstrHeaderSize || ofs%8 != 0 || ofs+areaMinSize > page {
		return restartPage{}, damaged(what, rstrArea, "restart area at %#x", ofs)
	}
	area := b[ofs:]
	n, clients := int64(le.Uint16(area[areaClients:])), int64(le.Uint16(area[areaClientsOff:]))
	used := le.Uint16(area[areaInUse:])
	if length := int64(le.Uint16(area[areaLength:])); length > int64(len(area)) || clients > int64(len(area)) ||
		used != noClient && int64(used) >= n {
		return restartPage{}, damaged(what, ofs, "restart area of %#x bytes, client array at %#x, client %d of %d in use", length, clients, used, n)
	}
	return restartPage{
		at: at, systemPage: page,
		lsn:   le.Uint64(area[areaLSN:]),
		inUse: used, flags: le.Uint16(area[areaFlags:]),
		major: le.Uint16(b[rstrMajor:]), minor: le.Uint16(b[rstrMinor:]),
	}, nil
}
