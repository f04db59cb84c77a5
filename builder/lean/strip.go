package lean

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
)

// strip cuts off what is not loaded: symbols and the table of sections.
func strip(program []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return nil, err
	}
	end := uint64(0)
	for _, p := range f.Progs {
		end = max(end, p.Off+p.Filesz)
	}
	if end == 0 || end > uint64(len(program)) {
		return nil, errors.New("the program ends before what is loaded of it")
	}
	out := bytes.Clone(program[:end])
	// e_shoff, e_shnum, e_shstrndx of the ELF header.
	if f.Class == elf.ELFCLASS32 {
		binary.LittleEndian.PutUint32(out[32:], 0)
		binary.LittleEndian.PutUint32(out[48:], 0)
	} else {
		binary.LittleEndian.PutUint64(out[40:], 0)
		binary.LittleEndian.PutUint32(out[60:], 0)
	}
	return out, nil
}

// PackageSize is what a package brings to the program, in bytes before compression.
type PackageSize struct {
	Package string
	Bytes   int64
}

// packageSizes sums up the symbols of the program, the largest package first. Tables
// that the linker makes of all packages are under "(tables)".
func packageSizes(program []byte) ([]PackageSize, error) {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return nil, err
	}
	symbols, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	sum, known := map[string]int64{}, int64(0)
	for _, s := range symbols {
		if int(s.Section) >= len(f.Sections) || f.Sections[s.Section].Type == elf.SHT_NOBITS || elf.ST_TYPE(s.Info) == elf.STT_FILE {
			continue
		}
		if name := f.Sections[s.Section].Name; name == ".text" || name == ".data" || name == ".noptrdata" || name == ".rodata" && !strings.HasPrefix(s.Name, "runtime.") {
			sum[packageOf(s.Name)] += int64(s.Size)
			known += int64(s.Size)
		}
	}
	loaded := int64(0)
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && s.Type != elf.SHT_NOBITS {
			loaded += int64(s.Size)
		}
	}
	sum["(tables)"] += loaded - known
	var all []PackageSize
	for name, n := range sum {
		all = append(all, PackageSize{name, n})
	}
	slices.SortFunc(all, func(a, b PackageSize) int {
		if a.Bytes != b.Bytes {
			return int(b.Bytes - a.Bytes)
		}
		return strings.Compare(a.Package, b.Package)
	})
	return all, nil
}

// packageOf is the package of a symbol: what stands before the first dot behind the
// last slash, without what the linker puts before names of types.
func packageOf(symbol string) string {
	for _, prefix := range []string{"type:.eq.", "type:.hash.", "type:", "go:itab.", "*"} {
		symbol = strings.TrimPrefix(symbol, prefix)
	}
	if strings.HasPrefix(symbol, "go:") {
		return "(tables)"
	}
	end := strings.IndexAny(symbol, "[(,{ ")
	if end < 0 {
		end = len(symbol)
	}
	from := strings.LastIndexByte(symbol[:end], '/') + 1
	dot := strings.IndexByte(symbol[from:], '.')
	if dot < 0 {
		return "(tables)"
	}
	return strings.ReplaceAll(symbol[:from+dot], "%2e", ".")
}
