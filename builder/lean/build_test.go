package lean

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bootmend/bootmend/builder/untrace"
)

// fakeGo is a go that, asked to build, is slow, gives a program that is there, and writes
// down when another is at work in the same directory or its directory is lost.
const fakeGo = `#!/bin/sh
[ "$1" = build ] || exec "$REAL_GO" "$@"
while [ "$1" != -o ]; do shift; done
dir=$(dirname "$2")
mkdir "$dir.busy" 2>/dev/null || echo "two at once" >>"$WORD"
sleep 1
[ -s "$dir/overlay.json" ] || echo "the directory is lost" >>"$WORD"
cp "$PROGRAM" "$2" || echo "no place for the program" >>"$WORD"
rmdir "$dir.busy"
`

// TestTwoAtOnce: the second of two builds of the same program waits, says so, and both get
// what go built; one of another does not wait for them.
func TestTwoAtOnce(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("SKIP-TOOL: go is not installed")
	}
	dir := t.TempDir()
	word, program, hello := filepath.Join(dir, "word"), filepath.Join(dir, "program"), filepath.Join(dir, "hello.go")
	bin := filepath.Join(dir, "bin")
	for name, text := range map[string]string{hello: "package main\n\nfunc main() { println(1) }\n", filepath.Join(bin, "go"): fakeGo, word: ""} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(goTool, "build", "-gcflags=all=-l", "-ldflags=-w -buildid=", "-o", program, hello)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("REAL_GO", goTool)
	t.Setenv("WORD", word)
	t.Setenv("PROGRAM", program)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	var lock sync.Mutex
	waited := map[string]int{}
	var all sync.WaitGroup
	for _, tags := range [][]string{nil, nil, {"nt5"}} {
		all.Go(func() {
			o := Options{Source: filepath.Join("..", ".."), TempDir: filepath.Join(dir, "tmp"), Arch: "amd64", Tags: tags, Logf: func(format string, args ...any) {
				lock.Lock()
				defer lock.Unlock()
				waited[strings.Join(tags, " ")+": "+fmt.Sprintf(format, args...)]++
			}}
			// The program was not built with the edits, which is noticed when all of it was read.
			if _, err := Build(o); !errors.Is(err, untrace.ErrLayout) {
				t.Errorf("%v: %v; want %v", tags, err, untrace.ErrLayout)
			}
		})
	}
	all.Wait()
	if b, err := os.ReadFile(word); err != nil || len(b) > 0 {
		t.Errorf("%s%v", b, err)
	}
	if want := ": waiting for another build of the program in " + filepath.Join(dir, "tmp", "lean-amd64"); len(waited) != 1 || waited[want] != 1 {
		t.Errorf("said: %v; want once %q", waited, want)
	}
}
