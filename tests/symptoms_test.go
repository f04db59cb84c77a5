package tests

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/explain"
)

// TestWhatFindingsShowIsExplained: a person who types the text of a finding's
// symptom, or one of the messages in it, is led to the finding's condition. The
// texts are taken from the sources of the conditions.
func TestWhatFindingsShowIsExplained(t *testing.T) {
	texts := 0
	eachFile(t, func(p goPackage) bool { return p.below() == "initramfs/condition" }, func(s source) {
		if conditionOf(s.file) == nil {
			return
		}
		base := s.name[strings.LastIndex(s.name, "/")+1:]
		id := strings.ReplaceAll(strings.TrimSuffix(base, ".go"), "_", "-")
		for _, text := range symptomsIn(s.file) {
			texts++
			if strings.HasPrefix(text, "None") || strings.HasPrefix(text, "Mostly none") {
				continue
			}
			led := false
			for _, part := range append(strings.Split(text, `"`), text) {
				led = led || slices.ContainsFunc(explain.Rank(part), func(r explain.Ranked) bool { return r.ID == id })
			}
			if !led {
				s.errorf(t, s.file, "%q does not lead to %s: add it to condition.Signs", text, id)
			}
		}
	})
	if texts < 40 {
		t.Errorf("only %d symptoms found in the sources", texts)
	}
	t.Logf("%d symptoms", texts)
}

// symptomsIn returns the texts that are given to a Symptom.
func symptomsIn(f *ast.File) []string {
	var all []string
	text := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && s != "" {
				all = append(all, s)
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Symptom" {
				text(n.Value)
			}
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if sel, ok := to.(*ast.SelectorExpr); ok && sel.Sel.Name == "Symptom" && len(n.Lhs) == len(n.Rhs) {
					text(n.Rhs[i])
				}
			}
		}
		return true
	})
	return all
}
