package hivetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestRandomEditsSmall does the same on the small hives that Windows made for
// yarp's tests, which have lists of li below ri, names in every encoding and
// data in segments.
func TestRandomEditsSmall(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup", "regfinfo")
	edits := 100
	if campaign() {
		edits = 2000
	}
	edited, refused := 0, 0
	for i, file := range untar(t, realdata.File(t, "hives/yarp-hives-shared.tar.xz")) {
		name := file[strings.LastIndexByte(file, '/')+1:]
		b, err := os.ReadFile(file)
		ok(t, err)
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			continue
		}
		want := map[string]error{"GarbageHive": regf.ErrDirty, "TruncatedHive": regf.ErrDirty, "NewDirtyHive": regf.ErrDirty,
			"NewDirtyHive1": regf.ErrDirty, "NewDirtyHive2": regf.ErrDirty, "OldDirtyHive": regf.ErrDirty,
			"BadListHive": regf.ErrDamaged, "DuplicateSubkeysHive": regf.ErrRefused}[name]
		if want != nil {
			if err := tryEdit(h); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
			refused++
			continue
		}
		t.Run(name, func(t *testing.T) { randomEdits(t, b, uint64(100+i), edits, edits/2) })
		edited++
	}
	t.Logf("%d hives edited, %d refused", edited, refused)
}

// tryEdit adds a key below the first that has subkeys.
func tryEdit(h *regf.Hive) error {
	e, err := regf.NewEditor(h, regf.EditorOptions{})
	if err != nil {
		return err
	}
	root, err := h.Root()
	if err != nil {
		return err
	}
	path := "new"
	for k := root; k.SubkeyCount() == 1; {
		subs, err := k.Subkeys()
		if err != nil {
			return err
		}
		k = subs[0]
		path = k.Name() + `\new`
	}
	if err := e.CreateKey(path); err != nil {
		return err
	}
	_, err = e.Finish()
	return err
}

// TestRandomEditsGenerated edits hives of each version, with every kind of list
// and, as in ReactOS, without security descriptors.
func TestRandomEditsGenerated(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup", "regfinfo")
	edits := 200
	if campaign() {
		edits = 3000
	}
	var root regftest.Key
	for i := range 40 {
		k := regftest.Key{Name: fmt.Sprintf("key %d", i), Class: strings.Repeat("c", i%3)}
		for j := range i % 7 {
			k.Keys = append(k.Keys, regftest.Key{Name: fmt.Sprintf("sub %d", j)})
			k.Values = append(k.Values, regftest.SZ(fmt.Sprintf("value %d", j), strings.Repeat("text", 3*j)))
		}
		root.Keys = append(root.Keys, k)
	}
	root.Name = "root"
	for i, opt := range []regftest.Options{
		{Minor: 3, List: "lf"},
		{Minor: 3, List: "li", PerLeaf: 7},
		{Minor: 4, List: "lf", Tail: 100_000},
		{Minor: 5, List: "lh", PerLeaf: 3},
		{Minor: 6, List: "lf"},
		{Minor: 3, List: "lf", NoSecurity: true},
	} {
		t.Run(fmt.Sprintf("1.%d %s %d", opt.Minor, opt.List, opt.PerLeaf), func(t *testing.T) {
			randomEdits(t, regftest.Build(root, opt), uint64(200+i), edits, edits/2)
		})
	}
}
