package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder is a test that records how it ends.
type recorder struct {
	testing.TB
	said  []string
	fatal bool
}

// ended stands for the end of the goroutine that Fatal brings.
type ended struct{}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatal(args ...any)                 { r.said = append(r.said, fmt.Sprint(args...)); r.end() }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); r.end() }
func (r *recorder) end()                              { r.fatal = true; panic(ended{}) }

// record runs what may fail.
func record(t *testing.T, fn func(tb testing.TB)) *recorder {
	t.Helper()
	r := &recorder{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != (ended{}) {
				panic(p)
			}
		}()
		fn(r)
	}()
	return r
}

// script is a program in the place of the command.
func script(t *testing.T, text string) Binary {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootmend")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Binary(path)
}

// TestRun: what a program does is seen, and what no command may do fails.
func TestRun(t *testing.T) {
	for name, tt := range map[string]struct {
		text, says string
		fatal      bool
		want       Result
	}{
		"exit code":      {"echo out; echo err >&2; exit 11", "", false, Result{Code: 11, Stdout: "out\n", Stderr: "err\n"}},
		"left behind":    {"echo x > bootmend.log", "bootmend.log", false, Result{}},
		"panic":          {"echo 'panic: x' >&2; exit 2", "crashed", true, Result{}},
		"runtime":        {"echo 'goroutine 1 [running]:' >&2; exit 2", "crashed", true, Result{}},
		"killed":         {"kill -9 $$", "crashed", true, Result{}},
		"no terminal":    {"test -t 0 || echo none", "", false, Result{Stdout: "none\n"}},
		"standard input": {"cat", "", false, Result{}},
	} {
		t.Run(name, func(t *testing.T) {
			var got Result
			r := record(t, func(tb testing.TB) { got = script(t, tt.text).Run(tb, "a") })
			if said := strings.Join(r.said, "\n"); r.fatal != tt.fatal || (said != "") != (tt.says != "") || !strings.Contains(said, tt.says) {
				t.Errorf("fatal %v, said %q; want %v, %q", r.fatal, said, tt.fatal, tt.says)
			}
			if got.Code != tt.want.Code || got.Stdout != tt.want.Stdout || got.Stderr != tt.want.Stderr {
				t.Errorf("got %v; want %v", got, tt.want)
			}
		})
	}
	r := record(t, func(tb testing.TB) { Binary(filepath.Join(t.TempDir(), "none")).Run(tb) })
	if !r.fatal {
		t.Error("a program that is not there is no failure")
	}
	if got := script(t, "cat; echo $1").RunWith(t, "in\n", "arg"); got.Stdout != "in\narg\n" {
		t.Errorf("%v", got)
	}
}

// TestDecode: one object, of version 1, with the exit code of the process.
func TestDecode(t *testing.T) {
	for text, says := range map[string]string{
		`{"version":1,"name":"x"}`:                "",
		`{"version":1,"name":"x","exit_code":10}`: "",
		`{"version":1,"name":"x","exit_code":0}`:  "exit code",
		`{"version":2,"name":"x"}`:                "version 2",
		`{"name":"x"}`:                            "version 0",
		`{"version":1,"name":"x"}{}`:              "more than one",
		`{"version":1,"name":"x"} x`:              "more than one",
		`{"version":1,"name":7}`:                  "cannot unmarshal",
		`{"version":1`:                            "unexpected EOF",
		``:                                        "EOF",
	} {
		var into struct{ Name string }
		r := record(t, func(tb testing.TB) { Result{Code: ExitRepairable, Stdout: text}.Decode(tb, &into) })
		if said := strings.Join(r.said, "\n"); (said != "") != (says != "") || !strings.Contains(said, says) {
			t.Errorf("%s: said %q; want %q", text, said, says)
		}
		if says == "" && into.Name != "x" {
			t.Errorf("%s: %+v", text, into)
		}
	}
}
