package untrace

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// program grows its stack while the collector runs, recovers from panics of many kinds,
// and defers: all that walks stacks by the tables that are left.
const program = `package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
)

type shape interface{ area(n int) int }
type square struct{ side []int }

func (s square) area(n int) int {
	if n == 0 {
		return len(s.side)
	}
	var pad [64]*int
	for i := range pad {
		v := n * i
		pad[i] = &v
	}
	if n%50 == 0 {
		runtime.GC()
	}
	return s.area(n-1) + *pad[n%64]%2
}

func try(name string, f func()) (said string) {
	defer func() { said = fmt.Sprint(name, ": ", recover()) }()
	f()
	return "nothing"
}

func main() {
	var wg sync.WaitGroup
	sums := make([]int, 4)
	for g := range sums {
		wg.Add(1)
		go func() { defer wg.Done(); var s shape = square{make([]int, g)}; sums[g] = s.area(1000) }()
	}
	wg.Wait()
	var m map[string]int
	var p *square
	list := []int{1, 2, 3}
	fmt.Println(sums, try("index", func() { fmt.Println(list[len(sums)+len(os.Args)]) }), try("nil", func() { fmt.Println(p.side) }),
		try("map", func() { m["a"] = 1 }), try("error", func() { panic(errors.New(strings.Repeat("x", 3))) }))
	if len(os.Args) > 1 {
		panic("the end")
	}
}
`

// TestRunsAsBefore: the program says the same, and a panic still ends it with a trace.
func TestRunsAsBefore(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("SKIP-TOOL: go is not installed")
	}
	for _, arch := range []string{"386", "amd64"} {
		dir := t.TempDir()
		source, whole, short := filepath.Join(dir, "main.go"), filepath.Join(dir, "whole"), filepath.Join(dir, "short")
		if err := os.WriteFile(source, []byte(program), 0o644); err != nil {
			t.Fatal(err)
		}
		build := exec.Command("go", "build", "-gcflags=all=-l", "-ldflags=-w", "-o", whole, source)
		build.Env = append(os.Environ(), "GOARCH="+arch, "GO386=softfloat", "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		b, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		cut, removed, err := Untrace(b, false)
		if err != nil || len(cut) != len(b) || removed < 100_000 {
			t.Fatalf("%s: %d of %d bytes, %d became zero, %v", arch, len(cut), len(b), removed, err)
		}
		if _, _, err := Untrace(b, true); !errors.Is(err, ErrLayout) {
			t.Errorf("%s: a program that signals stop is taken for one that they do not: %v", arch, err)
		}
		if name := []byte("main.square.area"); bytes.Contains(tables(t, cut), name) || !bytes.Contains(tables(t, b), name) {
			t.Errorf("%s: the name of a function is still there, or never was", arch)
		}
		if err := os.WriteFile(short, cut, 0o755); err != nil {
			t.Fatal(err)
		}
		want, err := exec.Command(whole).Output()
		got, gotErr := exec.Command(short).Output()
		if err != nil || gotErr != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %s, %v; want %s, %v", arch, got, gotErr, want, err)
		}
		out, err := exec.Command(short, "panic").CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !bytes.Contains(out, []byte("panic: the end")) {
			t.Errorf("%s: %v, %s", arch, err, out)
		}
	}
}

// tables is the section of function tables of a program.
func tables(t *testing.T, program []byte) []byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Section(".gopclntab").Data()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRefuses(t *testing.T) {
	for name, b := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "header": []byte("\x7fELF\x01\x01\x01")} {
		if _, _, err := Untrace(b, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
