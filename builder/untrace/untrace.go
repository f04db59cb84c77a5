package untrace

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrLayout is wrapped when the tables are not what this package knows.
var ErrLayout = errors.New("unknown layout of Go's function tables")

// magic is internal/abi.Go120PCLnTabMagic, in use since Go 1.20.
const magic = 0xfffffff1

// Offsets in runtime._func; pcdata and funcdata follow it.
const (
	funcName      = 4
	funcPcsp      = 16
	funcPcfile    = 20
	funcPcln      = 24
	funcNpcdata   = 28
	funcCuOffset  = 32
	funcStartLine = 36
	funcNfuncdata = 43
	funcSize      = 44
)

// Indexes of pcdata and funcdata (internal/abi/symtab.go): where a goroutine may not be
// stopped by a signal, and what only prints the arguments of a call.
const (
	pcdataUnsafe    = 0
	pcdataArgLive   = 3
	funcdataArgInfo = 5
	funcdataArgLive = 6
)

// systemPrefix is what the runtime itself looks at: a goroutine that starts in
// such a function does not count for its search for deadlocks.
const systemPrefix = "runtime."

// stopper is the function of the runtime that reads these tables when a signal comes. It
// is linked in only where signals stop goroutines.
const stopper = "runtime.isAsyncSafePoint"

// table is the section .gopclntab.
type table struct {
	b                                 []byte
	order                             binary.ByteOrder
	nfunc                             int
	names, cus, files, pctab, pclntab int // offsets of the parts in this order
	cooperative                       bool
}

// Untrace returns the program without names, files and lines. Removed is how many
// bytes became zero. A cooperative program is one whose runtime was built to stop no
// goroutine by a signal; the tables of where it may not do so go, too.
func Untrace(program []byte, cooperative bool) (out []byte, removed int, err error) {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return nil, 0, err
	}
	s := f.Section(".gopclntab")
	if s == nil || s.Type == elf.SHT_NOBITS || s.Offset+s.Size > uint64(len(program)) {
		return nil, 0, fmt.Errorf("%w: no section .gopclntab", ErrLayout)
	}
	out = bytes.Clone(program)
	t, err := parse(out[s.Offset:s.Offset+s.Size], f.ByteOrder)
	if err != nil {
		return nil, 0, err
	}
	t.cooperative = cooperative
	if cooperative && bytes.Contains(t.b[t.names:t.cus], []byte("\x00"+stopper+"\x00")) {
		return nil, 0, fmt.Errorf("%w: the program stops goroutines by signals: it has %s", ErrLayout, stopper)
	}
	if err := t.dropArguments(f, out); err != nil {
		return nil, 0, err
	}
	if err := t.shorten(); err != nil {
		return nil, 0, err
	}
	return out, zeros(out) - zeros(program), nil
}

func zeros(b []byte) int { return bytes.Count(b, []byte{0}) }

func parse(b []byte, order binary.ByteOrder) (*table, error) {
	if len(b) < 72 || order.Uint32(b) != magic || b[4] != 0 || b[5] != 0 || b[7] != 4 && b[7] != 8 {
		return nil, fmt.Errorf("%w: magic", ErrLayout)
	}
	size := int(b[7])
	word := func(i int) int {
		if size == 4 {
			return int(order.Uint32(b[8+4*i:]))
		}
		return int(order.Uint64(b[8+8*i:]))
	}
	// nfunc, nfiles, an unused one, then the offsets.
	t := &table{b: b, order: order, nfunc: word(0), names: word(3), cus: word(4), files: word(5), pctab: word(6), pclntab: word(7)}
	parts := []int{8 + 8*size, t.names, t.cus, t.files, t.pctab, t.pclntab, len(b)}
	if !slices.IsSorted(parts) || t.nfunc < 1 || t.nfunc > (len(b)-t.pclntab)/8 {
		return nil, fmt.Errorf("%w: parts at %x", ErrLayout, parts)
	}
	return t, nil
}

// funcs calls do with what describes each function, its variable part included.
func (t *table) funcs(do func(f []byte, pcdata, funcdata int) error) error {
	for i := range t.nfunc {
		at := t.pclntab + int(t.order.Uint32(t.b[t.pclntab+8*i+4:]))
		if at < t.pclntab || at+funcSize > len(t.b) {
			return fmt.Errorf("%w: function %d of %d at %#x", ErrLayout, i, t.nfunc, at)
		}
		f := t.b[at:]
		pcdata, funcdata := int(t.order.Uint32(f[funcNpcdata:])), int(f[funcNfuncdata])
		if pcdata > 16 || funcdata > 32 || funcSize+4*(pcdata+funcdata) > len(f) {
			return fmt.Errorf("%w: function %d has %d pcdata, %d funcdata", ErrLayout, i, pcdata, funcdata)
		}
		if err := do(f[:funcSize+4*(pcdata+funcdata)], pcdata, funcdata); err != nil {
			return err
		}
	}
	return nil
}

// align is that of the tables: offsets compress better when fewer are possible, and what lies
// between the tables compresses to nothing. 4 was the best of 1 to 16.
const align = 4

// shorten drops the tables that are for traces and moves the others together.
func (t *table) shorten() error {
	old := bytes.Clone(t.b[t.pctab:t.pclntab])
	names := bytes.Clone(t.b[t.names:t.cus])
	moved := map[uint32]uint32{}
	pctab := make([]byte, align) // offset 0 means none
	move := func(field []byte) error {
		from := t.order.Uint32(field)
		if from == 0 {
			return nil
		}
		to, done := moved[from]
		if !done {
			length, err := tableLength(old, from)
			if err != nil {
				return err
			}
			to = uint32(len(pctab))
			pctab = append(pctab, old[from:int(from)+length]...)
			pctab = append(pctab, make([]byte, (align-len(pctab)%align)%align)...)
			moved[from] = to
		}
		t.order.PutUint32(field, to)
		return nil
	}
	err := t.funcs(func(f []byte, pcdata, funcdata int) error {
		t.order.PutUint32(f[funcPcfile:], 0)
		t.order.PutUint32(f[funcPcln:], 0)
		t.order.PutUint32(f[funcCuOffset:], 0)
		t.order.PutUint32(f[funcStartLine:], 0)
		if err := t.rename(f[funcName:], names); err != nil {
			return err
		}
		rest := f[funcSize:]
		if t.cooperative && pcdata > pcdataUnsafe {
			t.order.PutUint32(rest[4*pcdataUnsafe:], 0)
		}
		if pcdata > pcdataArgLive {
			t.order.PutUint32(rest[4*pcdataArgLive:], 0)
		}
		for _, i := range []int{funcdataArgInfo, funcdataArgLive} {
			if i < funcdata {
				t.order.PutUint32(rest[4*(pcdata+i):], ^uint32(0))
			}
		}
		for i := range pcdata {
			if err := move(rest[4*i:]); err != nil {
				return err
			}
		}
		return move(f[funcPcsp:])
	})
	if err != nil {
		return err
	}
	clear(t.b[t.names:t.pclntab])
	if copy(t.b[t.names+1:t.cus], systemPrefix+"\x00") != len(systemPrefix)+1 || len(pctab) > t.pclntab-t.pctab {
		return fmt.Errorf("%w: too small", ErrLayout)
	}
	copy(t.b[t.pctab:], pctab)
	return nil
}

// rename gives a function no name, or the system's prefix.
func (t *table) rename(field, names []byte) error {
	at := int(t.order.Uint32(field))
	if at >= len(names) {
		return fmt.Errorf("%w: name at %#x of %#x", ErrLayout, at, len(names))
	}
	to := uint32(0)
	if bytes.HasPrefix(names[at:], []byte(systemPrefix)) {
		to = 1
	}
	t.order.PutUint32(field, to)
	return nil
}

// tableLength is the length of one table of pctab: pairs of varints, the change of
// the value (zigzag) and of the address; a change of the value by zero ends it,
// save in the first pair.
func tableLength(b []byte, from uint32) (int, error) {
	at := int(from)
	for first := true; ; first = false {
		if at >= len(b) {
			break
		}
		value, n := binary.Uvarint(b[at:])
		if n <= 0 {
			break
		}
		at += n
		if value == 0 && !first {
			return at - int(from), nil
		}
		if _, n = binary.Uvarint(b[min(at, len(b)):]); n <= 0 {
			break
		}
		at += n
	}
	return 0, fmt.Errorf("%w: table at %#x has no end", ErrLayout, from)
}
