package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/spf13/cobra"
)

// addChanges adds the verbs that write.
func (h *hiveTool) addChanges(group *cobra.Command) {
	var typ string
	create := false
	set := h.add(group, "set", "HIVE KEY NAME DATA...", "give a value new data", cobra.MinimumNArgs(3), func(args []string) error { return h.set(args, typ, create) })
	set.Flags().StringVar(&typ, "type", "", "type of the value: sz, expand_sz, multi_sz, dword, qword, binary (DATA in hexadecimal), or a number; default: the type it has")
	set.Flags().BoolVar(&create, "create", false, "create keys that are missing")

	recursive := false
	rm := h.add(group, "rm", "HIVE KEY [NAME]", "delete a value, or a key", cobra.RangeArgs(2, 3), func(args []string) error { return h.remove(args, recursive) })
	rm.Flags().BoolVar(&recursive, "recursive", false, "delete the keys below it as well")

	page, skip := 0, false
	imp := h.add(group, "import", "HIVE FILE", "apply a .reg file (- is standard input)", cobra.ExactArgs(2), func(args []string) error { return h.importReg(args, page, skip) })
	imp.Flags().IntVar(&page, "codepage", 0, "code page of a file without byte order mark, 65001 for UTF-8 (default: 1252 for REGEDIT4)")
	imp.Flags().BoolVar(&skip, "skip-other-hives", false, "leave out what the file has for other hives instead of refusing it")
	for _, cmd := range []*cobra.Command{rm, imp} {
		cmd.Flags().BoolVar(&h.vital, "delete-vital", false, "delete even what Windows does not start without: a control set, Select, ...")
	}
	for _, cmd := range []*cobra.Command{set, rm, imp} {
		h.addWriting(cmd)
		cmd.Flags().StringArrayVar(&h.maps, "map", nil, `FROM=TO: paths of the registry that mean a key of this hive, e.g. HKEY_LOCAL_MACHINE\server1=`)
	}
}

// addWriting adds the flags of all verbs that write.
func (h *hiveTool) addWriting(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&h.yes, "yes", false, "do not ask; required without a terminal")
	cmd.Flags().BoolVar(&h.dryRun, "dry-run", false, "say what would change, and write nothing")
	cmd.Flags().BoolVar(&h.dropLogs, "drop-logs", false, "write the hive even if that loses entries of its logs that cannot be used, or its logs leave no sequence number")
	addWriting(cmd, &h.opt)
}

// options collects what an edit needs.
func (h *hiveTool) options(at hivePlace) (hivefile.EditOptions, error) {
	opt := hivefile.EditOptions{Now: time.Now(), Version: at.version(), DropLogs: h.dropLogs, DeleteVital: h.vital}
	for _, s := range h.maps {
		m, err := regtext.ParseMapping(s)
		if err != nil {
			return opt, usageError{err}
		}
		opt.Maps = append(opt.Maps, m)
	}
	return opt, nil
}

// edit lets do make a change and writes it.
func (h *hiveTool) edit(hive string, do func(f *hivefile.File, opt hivefile.EditOptions) (*hivefile.Change, hiveDocument, error)) error {
	if err := h.mayWrite(); err != nil {
		return err
	}
	return h.open(hive, func(at hivePlace, f *hivefile.File) error {
		opt, err := h.options(at)
		if err != nil {
			return err
		}
		c, d, err := do(f, opt)
		if err != nil {
			return err
		}
		if d.Change == nil {
			d.Change = &hiveChanged{}
		}
		d.Hive, d.Change.Changed, d.Change.Bytes = hive, !c.Empty(), c.Bytes()
		return h.finish(at, f, c, d)
	})
}

func (h *hiveTool) writeChange(d hiveDocument) error {
	for _, p := range d.Change.Paths {
		fmt.Fprintln(h.out, "KEY", p)
	}
	if a := d.Applied; a != nil {
		for _, m := range a.Mappings {
			writeMapping(h.out, m)
		}
		fmt.Fprintf(h.out, "%d keys, %d values set, %d keys and %d values deleted, %d deletions of what was not there, %d entries of other hives left out\n",
			a.Keys, a.ValuesSet, a.KeysDeleted, a.ValuesDeleted, a.Absent, a.Skipped)
	}
	var err error
	switch c := d.Change; {
	case !c.Changed:
		_, err = fmt.Fprintln(h.out, "RESULT nothing to change")
	case !c.Written:
		_, err = fmt.Fprintf(h.out, "RESULT %d bytes would change; nothing was written\n", c.Bytes)
	default:
		_, err = fmt.Fprintf(h.out, "RESULT done and verified, %d bytes changed%s\n", c.Bytes, wayBack(c.Backup))
	}
	return err
}

// wayBack says where the old hive is, as the end of a sentence.
func wayBack(backup string) string {
	switch {
	case backup == "":
		return "; the old hive is not kept"
	case strings.HasPrefix(backup, undoPrefix):
		return "; " + backup + " takes it back"
	}
	return "; the old hive is " + backup
}

// writeMapping says which keys of the hive a path was taken to mean.
func writeMapping(out io.Writer, m regtext.Led) {
	word, to := "MAPPED", strings.Join(m.To, ", ")
	if m.Guessed {
		word = "GUESSED"
	}
	if to == "" {
		to = "the root of the hive"
	}
	fmt.Fprintf(out, "%s %s is %s\n", word, m.From, to)
}

func (h *hiveTool) importReg(args []string, page int, skip bool) error {
	var read regtext.ReadOptions
	if page != 0 {
		var err error
		if read.ANSI, err = codePage(page); err != nil {
			return err
		}
	}
	text := h.in
	if args[1] != "-" {
		f, err := os.Open(args[1])
		if err != nil {
			return err
		}
		defer f.Close()
		text = io.Reader(f)
	}
	return h.edit(args[0], func(f *hivefile.File, opt hivefile.EditOptions) (*hivefile.Change, hiveDocument, error) {
		c, done, err := f.Import(text, read, opt, regtext.ApplyOptions{SkipOtherHives: skip})
		if err != nil {
			err = fmt.Errorf("%s: %w", args[1], err)
		}
		return c, hiveDocument{Applied: &done}, err
	})
}

func (h *hiveTool) remove(args []string, recursive bool) error {
	return h.edit(args[0], func(f *hivefile.File, opt hivefile.EditOptions) (*hivefile.Change, hiveDocument, error) {
		var c *hivefile.Change
		var paths []string
		var err error
		if len(args) == 3 {
			c, paths, err = f.DeleteValue(args[1], valueName(args[2]), opt)
		} else {
			c, paths, err = f.DeleteKey(args[1], recursive, opt)
		}
		return c, hiveDocument{Change: &hiveChanged{Paths: paths}}, err
	})
}

func (h *hiveTool) set(args []string, typeName string, create bool) error {
	key, name, words := args[1], valueName(args[2]), args[3:]
	return h.edit(args[0], func(f *hivefile.File, opt hivefile.EditOptions) (*hivefile.Change, hiveDocument, error) {
		typ, err := valueType(f, key, name, typeName, opt.Maps)
		if err != nil {
			return nil, hiveDocument{}, err
		}
		data, err := valueData(typ, words)
		if err != nil {
			return nil, hiveDocument{}, err
		}
		c, paths, err := f.Set(key, name, typ, data, create, opt)
		return c, hiveDocument{Change: &hiveChanged{Paths: paths}}, err
	})
}

// valueType is the type that was named, or that the value has.
func valueType(f *hivefile.File, key, name, typeName string, maps []regtext.Mapping) (regf.Type, error) {
	if typeName != "" {
		return parseType(typeName)
	}
	paths, err := f.Paths(key, maps)
	if err != nil {
		return 0, err
	}
	types := map[regf.Type]bool{}
	for _, p := range paths {
		k, err := f.Hive.Key(p)
		if err != nil {
			continue // the edit will say so
		}
		if v, err := k.Value(name); err == nil {
			types[v.Type()] = true
		}
	}
	for typ := range types {
		if len(types) == 1 {
			return typ, nil
		}
	}
	return 0, usageError{fmt.Errorf("the value %s does not exist yet, or has several types: say which it is to have, e.g. --type dword", shownName(name))}
}

// parseType reads "dword", "REG_DWORD" or a number.
func parseType(s string) (regf.Type, error) {
	name := strings.ToUpper(s)
	if !strings.HasPrefix(name, "REG_") {
		name = "REG_" + name
	}
	for t := regf.RegNone; t <= regf.RegQWORD; t++ {
		if t.String() == name {
			return t, nil
		}
	}
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		return 0, usageError{fmt.Errorf("%q is no type of a value: there are sz, expand_sz, multi_sz, dword, qword, binary and others", s)}
	}
	return regf.Type(n), nil
}

// valueData makes data out of the words of the command line.
func valueData(typ regf.Type, words []string) ([]byte, error) {
	for _, w := range words {
		if !utf8.ValidString(w) {
			return nil, usageError{fmt.Errorf("%q is no UTF-8 text", w)}
		}
	}
	if typ == regf.RegMultiSZ {
		for _, w := range words {
			if w == "" || strings.Contains(w, "\x00") {
				return nil, usageError{errors.New("a list cannot hold an empty string")}
			}
		}
		return registry.MultiSZ(words...), nil
	}
	if len(words) != 1 {
		return nil, usageError{fmt.Errorf("%v takes one DATA, there are %d", typ, len(words))}
	}
	switch typ {
	case regf.RegSZ, regf.RegExpandSZ:
		return registry.SZ(words[0]), nil
	case regf.RegDWORD, regf.RegDWORDBigEndian, regf.RegQWORD:
		return numberData(typ, words[0])
	case regf.RegLink:
		return nil, fmt.Errorf("%w: links are not made by this command", regtext.ErrLink)
	}
	if words[0] == "" {
		return []byte{}, nil
	}
	return hexBytes(words[0])
}

func numberData(typ regf.Type, word string) ([]byte, error) {
	n, err := strconv.ParseUint(word, 0, 64)
	if err != nil || typ != regf.RegQWORD && n > math.MaxUint32 {
		return nil, usageError{fmt.Errorf("%q is no number that fits into %v; hexadecimal ones start with 0x", word, typ)}
	}
	switch typ {
	case regf.RegQWORD:
		return registry.QWORD(n), nil
	case regf.RegDWORDBigEndian:
		return binary.BigEndian.AppendUint32(nil, uint32(n)), nil
	}
	return registry.DWORD(uint32(n)), nil
}
