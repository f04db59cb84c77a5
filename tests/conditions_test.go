package tests

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestEveryConditionIsListedAndBreakable walks the files of the condition
// package. A file that declares a Condition must be named like its ID, be in
// condition.All, say what it is about, and have a damage that causes it.
func TestEveryConditionIsListedAndBreakable(t *testing.T) {
	listed := map[string]condition.Condition{}
	for _, c := range condition.All() {
		if _, twice := listed[c.ID]; twice {
			t.Errorf("condition.All has %s twice", c.ID)
		}
		listed[c.ID] = c
	}
	caused := map[string]bool{}
	for _, d := range damage.All() {
		if !d.Harmless {
			caused[d.Finding] = true
		}
		if _, err := guests.Load(d.Guest); err != nil {
			t.Errorf("damage %s: %v", d.Name, err)
		}
		if _, ok := listed[d.Finding]; d.Finding != "" && !ok {
			t.Errorf("damage %s wants finding %s, which is no condition", d.Name, d.Finding)
		}
	}
	files := map[string]bool{}
	eachFile(t, func(p goPackage) bool { return p.below() == "initramfs/condition" }, func(s source) {
		decl := conditionOf(s.file)
		if decl == nil {
			return
		}
		base := s.name[strings.LastIndex(s.name, "/")+1:]
		id := strings.ReplaceAll(strings.TrimSuffix(base, ".go"), "_", "-")
		files[id] = true
		c, ok := listed[id]
		if !ok {
			s.errorf(t, decl, "%s is not in condition.All", id)
			return
		}
		if c.Detect == nil || c.Title == "" {
			s.errorf(t, decl, "%s has no Detect or no Title", id)
		}
		if decl.Doc.Text() == "" {
			s.errorf(t, decl, "%s has no comment that says what the person sees", id)
		}
		if !caused[id] {
			s.errorf(t, decl, "no damage in tests/damage causes %s", id)
		}
	})
	for id := range listed {
		if !files[id] {
			t.Errorf("condition %s has no file of its name", id)
		}
	}
	t.Logf("%d conditions, %d damages", len(listed), len(damage.All()))
}

// conditionOf returns the declaration of a package variable whose value is a
// literal Condition{...}.
func conditionOf(f *ast.File) *ast.GenDecl {
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range decl.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				continue
			}
			if lit, ok := v.Values[0].(*ast.CompositeLit); ok {
				if id, ok := lit.Type.(*ast.Ident); ok && id.Name == "Condition" {
					return decl
				}
			}
		}
	}
	return nil
}
