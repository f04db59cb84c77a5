package injecttest

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// render writes steps down: files and folders below the system root, then values
// by key. What all control sets get alike is written once, with $ for the set;
// a difference between them fails the test. Keys that get a value are not
// listed.
func render(t testing.TB, w *inspect.Installation, steps []step.Step) string {
	t.Helper()
	var lines []string
	sets := map[string][]string{}
	var keys []step.MakeKey
	used := map[string]bool{}
	for _, s := range steps {
		switch s := s.(type) {
		case step.Mkdir:
			lines = append(lines, "folder "+below(w, s.Path))
		case step.WriteFile:
			verb := "file "
			if s.Old != nil {
				verb = "replace "
			}
			lines = append(lines, fmt.Sprintf("%s%s, %d bytes", verb, below(w, s.Path), s.New.Size))
		case step.MakeKey:
			keys = append(keys, s)
		case step.SetValue:
			for k := strings.ToLower(s.Key); k != ""; k = above(k) {
				used[k] = true
			}
			add(&lines, sets, w, s.File, s.Key, fmt.Sprintf("|%s = %s", s.Value, data(s.New)))
		default:
			t.Errorf("unexpected step %T", s)
		}
	}
	for _, k := range keys {
		if !used[strings.ToLower(k.Key)] {
			add(&lines, sets, w, k.File, k.Key, "")
		}
	}
	var first []string
	for i, set := range w.ControlSets {
		if i == 0 {
			first = sets[set.Path]
		} else if !slices.Equal(first, sets[set.Path]) {
			t.Errorf("%s and %s get different values:\n%s\nand\n%s", w.ControlSets[0].Path, set.Path, strings.Join(first, "\n"), strings.Join(sets[set.Path], "\n"))
		}
	}
	all := ownHash.ReplaceAllString(strings.Join(append(lines, first...), "\n"), "${1}#") + "\n"
	return folderHash.ReplaceAllString(all, "${1}#")
}

// ownHash is what nobody can derive by hand in the names that we make.
var ownHash = regexp.MustCompile(`(bootmend_(?:[a-z0-9_]+\.inf_(?:amd64|x86|arm64)_)?)[0-9a-f]{16}`)

// folderHash is that in the name of a package's folder.
var folderHash = regexp.MustCompile(`(\bDrivers\\[A-Za-z0-9_-]+-)[0-9a-f]{8}\b`)

func add(lines *[]string, sets map[string][]string, w *inspect.Installation, file, key, rest string) {
	if file != w.HivePath {
		key = file[strings.LastIndexByte(file, '\\')+1:] + `\` + key
	}
	if set, name, _ := strings.Cut(key, `\`); strings.HasPrefix(set, "ControlSet") {
		sets[set] = append(sets[set], `$\`+name+rest)
		return
	}
	*lines = append(*lines, key+rest)
}

func above(key string) string {
	if i := strings.LastIndexByte(key, '\\'); i > 0 {
		return key[:i]
	}
	return ""
}

func below(w *inspect.Installation, path string) string {
	if rest, ok := strings.CutPrefix(path, w.Root+`\`); ok {
		return rest
	}
	return path
}

func data(d *step.Data) string {
	switch d.Type {
	case regf.RegSZ, regf.RegExpandSZ:
		return fmt.Sprintf("%s %s", map[regf.Type]string{regf.RegSZ: "sz", regf.RegExpandSZ: "expand"}[d.Type], strings.TrimRight(registry.Text(d.Bytes), "\x00"))
	case regf.RegDWORD:
		return fmt.Sprintf("dword %#x", binary.LittleEndian.Uint32(d.Bytes))
	case regf.RegMultiSZ:
		return "multi " + strings.ReplaceAll(strings.TrimRight(registry.Text(d.Bytes), "\x00"), "\x00", "|")
	case regf.RegNone:
		return "none"
	}
	return fmt.Sprintf("hex %x", d.Bytes)
}
