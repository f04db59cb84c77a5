package tests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nested is what a package's tests came to in a "go test -json" that a test ran.
type nested struct {
	pkg    string
	passed bool
	output string // of what failed
	skips  []nestedSkip
}

type nestedSkip struct{ test, reason string }

// readNested reads it: packages in the order in which they ended, and what is of none of
// them, as the output of a build that failed.
func readNested(text []byte) (all []nested, other string) {
	type id struct{ pkg, test string }
	output, failed, skips := map[id]string{}, map[string]string{}, map[string][]nestedSkip{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct{ Action, Package, Test, Output string }
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			other += lines.Text() + "\n"
			continue
		}
		switch at := (id{e.Package, e.Test}); {
		case e.Action == "build-output":
			other += e.Output
		case e.Action == "output":
			output[at] += e.Output
		case e.Test != "" && e.Action == "skip":
			skips[e.Package] = append(skips[e.Package], nestedSkip{e.Test, reasonOf(output[at])})
		case e.Test != "" && e.Action == "fail":
			failed[e.Package] += output[at]
		case e.Test == "" && (e.Action == "pass" || e.Action == "fail"):
			n := nested{pkg: e.Package, passed: e.Action == "pass", skips: skips[e.Package]}
			if !n.passed {
				n.output = failed[e.Package] + output[at]
			}
			all = append(all, n)
		}
	}
	return all, other
}

// reasonOf is what a test said when it skipped itself.
func reasonOf(output string) string {
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if place, rest, ok := strings.Cut(line, ": "); ok && strings.HasSuffix(strings.TrimRight(place, "0123456789"), ".go:") {
			return rest
		}
	}
	return "no reason given"
}

// retell makes a test of each package that a child ran, and of each test that was skipped
// there, so that they are counted like those that "go test" runs itself, with the reason.
// It returns how many packages passed.
func retell(t *testing.T, all []nested) (passed int) {
	t.Helper()
	for _, n := range all {
		_, below, _ := strings.Cut(n.pkg, module+"/")
		t.Run(strings.ReplaceAll(below, "/", "."), func(t *testing.T) {
			for _, s := range n.skips {
				t.Run(s.test, func(t *testing.T) { t.Skip(s.reason) })
			}
			if !n.passed {
				t.Errorf("%s", n.output)
			}
		})
		if n.passed {
			passed++
		}
	}
	return passed
}

func TestReadNested(t *testing.T) {
	var text strings.Builder
	say := func(action, pkg, test, output string) {
		b, err := json.Marshal(map[string]string{"Action": action, "Package": pkg, "Test": test, "Output": output})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%s\n", b)
	}
	say("run", "p", "A/x", "")
	say("output", "p", "A/x", "=== RUN   A/x\n")
	say("output", "p", "A/x", "    a_test.go:7: SKIP-TOOL x: not installed\n")
	say("output", "p", "A/x", "    --- SKIP: A/x (0.00s)\n")
	say("skip", "p", "A/x", "")
	say("skip", "p", "B", "")
	say("pass", "p", "", "")
	say("output", "q", "C", "    c_test.go:1: no\n")
	say("fail", "q", "C", "")
	say("output", "q", "", "FAIL\tq\n")
	say("fail", "q", "", "")
	say("skip", "no tests", "", "")
	text.WriteString("go: what the command says\n")
	all, other := readNested([]byte(text.String()))
	want := []nested{{pkg: "p", passed: true, skips: []nestedSkip{{"A/x", "SKIP-TOOL x: not installed"}, {"B", "no reason given"}}},
		{pkg: "q", output: "    c_test.go:1: no\nFAIL\tq\n"}}
	if diff := cmp.Diff(want, all, cmp.AllowUnexported(nested{}, nestedSkip{})); diff != "" || other != "go: what the command says\n" {
		t.Errorf("%s%q", diff, other)
	}
}
