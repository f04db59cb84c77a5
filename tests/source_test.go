package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const maxLines = 400

// source is a parsed Go file of the repository.
type source struct {
	pkg  goPackage
	name string // path below the repository
	file *ast.File
	fset *token.FileSet
}

func (s source) errorf(t *testing.T, at ast.Node, format string, args ...any) {
	t.Helper()
	line := s.fset.Position(at.Pos()).Line
	t.Errorf("%s:%d: %s", s.name, line, fmt.Sprintf(format, args...))
}

// eachFile parses the non-test files of every package that wants says yes to.
func eachFile(t *testing.T, wants func(goPackage) bool, visit func(source)) {
	t.Helper()
	n := 0
	for _, p := range packages(t, "./...") {
		if !wants(p) {
			continue
		}
		for _, f := range p.GoFiles {
			fset := token.NewFileSet()
			path := filepath.Join(p.Dir, f)
			file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			visit(source{pkg: p, name: p.below() + "/" + f, file: file, fset: fset})
			n++
		}
	}
	if n == 0 {
		t.Fatal("no file was looked at")
	}
	t.Logf("%d files", n)
}

// calls visits every call of a selector, X.Sel(args).
func (s source) calls(visit func(call *ast.CallExpr, x, sel string)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch fun := call.Fun.(type) {
		case *ast.SelectorExpr:
			x := ""
			if id, ok := fun.X.(*ast.Ident); ok {
				x = id.Name
			}
			visit(call, x, fun.Sel.Name)
		case *ast.Ident:
			visit(call, "", fun.Name)
		}
		return true
	})
}

// isFormat: packages that understand a format take bytes from a Device and
// nothing else. drivers/source is excepted: fetching files is its purpose.
func isFormat(p goPackage) bool {
	b := p.below() + "/"
	for _, prefix := range []string{"initramfs/part/", "initramfs/fs/", "initramfs/win/", "drivers/"} {
		if strings.HasPrefix(b, prefix) {
			return !strings.HasPrefix(b, "drivers/source/")
		}
	}
	return false
}

func TestFormatsOpenAndFlushNothing(t *testing.T) {
	eachFile(t, isFormat, func(s source) {
		s.calls(func(call *ast.CallExpr, x, sel string) {
			opens := x == "os" && (strings.HasPrefix(sel, "Open") || strings.HasPrefix(sel, "Create") ||
				strings.HasPrefix(sel, "ReadFile") || strings.HasPrefix(sel, "WriteFile"))
			if opens || (x == "unix" || x == "syscall") && sel == "Open" {
				s.errorf(t, call, "%s.%s: format packages open no files", x, sel)
			}
			// With arguments it is something else than the method of a Device.
			if (sel == "Flush" || sel == "Sync") && len(call.Args) == 0 {
				s.errorf(t, call, ".%s(): only package repair decides when to flush", sel)
			}
		})
	})
}

func isLibrary(p goPackage) bool { return p.layer() >= 0 && p.layer() < 3 }

func TestLibrariesNeverExit(t *testing.T) {
	eachFile(t, isLibrary, func(s source) {
		s.calls(func(call *ast.CallExpr, x, sel string) {
			switch {
			case x == "log" && (strings.HasPrefix(sel, "Fatal") || strings.HasPrefix(sel, "Panic")), x == "os" && sel == "Exit":
				s.errorf(t, call, "%s.%s below cmds", x, sel)
			case x == "" && sel == "panic":
				s.errorf(t, call, "panic below cmds")
			}
		})
	})
}

func TestNoInitFunctions(t *testing.T) {
	eachFile(t, func(goPackage) bool { return true }, func(s source) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				s.errorf(t, f, "init function: lists are kept by hand")
			}
		}
	})
}

// TestEveryPackageIsDescribed: libraries in doc.go, commands above main.
func TestEveryPackageIsDescribed(t *testing.T) {
	for _, p := range packages(t, "./...") {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("%s has no package comment", p.below())
		}
		if p.Name != "main" && len(p.GoFiles) > 1 && !slices.Contains(p.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go", p.below())
		}
	}
}

func TestFilesAreShort(t *testing.T) {
	for _, p := range packages(t, "./...") {
		for _, f := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(data), "\n"); n > maxLines {
				t.Errorf("%s/%s has %d lines, more than %d", p.below(), f, n, maxLines)
			}
		}
	}
}
