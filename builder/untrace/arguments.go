package untrace

import (
	"debug/elf"
	"fmt"
)

// Codes in the description of a function's arguments, which only traces print
// (internal/abi/symtab.go, TraceArgs): everything below is an offset and a size.
const (
	argsEnd   = 0xff
	argsCodes = 0xfb // the smallest code
)

// dropArguments clears these descriptions. They lie behind the symbol go:func.* among
// others, which the linker may have merged with them: what anything else points to, or
// into, stays. A program without symbols keeps them all.
func (t *table) dropArguments(f *elf.File, program []byte) error {
	base, ok := functionData(f, program)
	if !ok {
		return nil
	}
	used, drop := map[uint32]bool{}, map[uint32]bool{}
	err := t.funcs(func(fn []byte, pcdata, funcdata int) error {
		for i := range funcdata {
			off := t.order.Uint32(fn[funcSize+4*(pcdata+i):])
			switch {
			case off == ^uint32(0):
			case i == funcdataArgInfo:
				drop[off] = true
			default:
				used[off] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for off := range drop {
		if int(off) >= len(base) {
			return fmt.Errorf("%w: arguments at %#x", ErrLayout, off)
		}
		n := argumentsLength(base[off:])
		for i := range n {
			if used[off+uint32(i)] {
				n = 0
			}
		}
		clear(base[off:][:n])
	}
	return nil
}

// argumentsLength is the length of a description, its end included; 0 where it has none.
func argumentsLength(b []byte) int {
	for i := 0; i < len(b) && i < 512; {
		switch {
		case b[i] == argsEnd:
			return i + 1
		case b[i] >= argsCodes:
			i++
		default:
			i += 2
		}
	}
	return 0
}

// functionData is what stands from go:func.* to the end of its section.
func functionData(f *elf.File, program []byte) ([]byte, bool) {
	symbols, err := f.Symbols()
	if err != nil {
		return nil, false
	}
	for _, s := range symbols {
		if s.Name != "go:func.*" || int(s.Section) >= len(f.Sections) {
			continue
		}
		in := f.Sections[s.Section]
		if s.Value < in.Addr || s.Value >= in.Addr+in.Size || in.Offset+in.Size > uint64(len(program)) {
			return nil, false
		}
		return program[in.Offset+s.Value-in.Addr : in.Offset+in.Size], true
	}
	return nil, false
}
