package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is a line of "go test -json" (see "go doc test2json").
type event struct {
	Action     string
	Package    string
	ImportPath string // of a failed build
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

type test struct{ pkg, name string }

type counts struct{ passed, failed, skipped int }

type summary struct {
	out     io.Writer
	output  map[test][]string // of tests and packages that have not ended
	counts  map[string]*counts
	parents map[test]bool // tests with subtests: only the leaves are counted
	ended   map[test]string
	skips   map[string]int
	broken  []string // packages that failed or did not build
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[test][]string{}, counts: map[string]*counts{},
		parents: map[test]bool{}, ended: map[test]string{}, skips: map[string]int{}}
}

// read handles every event. Lines that are no JSON (of the go command itself)
// are passed on.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintln(s.out, lines.Text())
			continue
		}
		s.event(e)
	}
	return lines.Err()
}

func (s *summary) event(e event) {
	id := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "build-fail":
		s.broken = append(s.broken, e.ImportPath)
	case "output":
		if strings.HasPrefix(e.Output, "=== ") {
			return // RUN, PAUSE, CONT: the frame, not the picture
		}
		s.output[id] = append(s.output[id], e.Output)
	case "run":
		s.output[id] = nil // it has begun, even if it says nothing
		if parent, _, ok := cutLast(e.Test, "/"); ok {
			s.parents[test{e.Package, parent}] = true
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.packageEnds(e)
			return
		}
		s.ended[id] = e.Action
		if e.Action == "fail" {
			fmt.Fprintf(s.out, "--- FAIL %s %s (%.1fs)\n%s", short(e.Package), e.Test, e.Elapsed, strings.Join(s.output[id], ""))
		}
		if e.Action == "skip" {
			s.skips[skipReason(s.output[id])]++
		}
		delete(s.output, id)
	}
}

// packageEnds counts the leaves of the package and prints its line. Output of
// the package itself matters when it failed without a failing test (a panic,
// a timeout).
func (s *summary) packageEnds(e event) {
	if e.Action == "skip" {
		return // no test files
	}
	c := &counts{}
	s.counts[e.Package] = c
	for id, action := range s.ended {
		if id.pkg != e.Package || s.parents[id] {
			continue
		}
		switch action {
		case "pass":
			c.passed++
		case "fail":
			c.failed++
		case "skip":
			c.skipped++
		}
	}
	word := map[string]string{"pass": "ok  ", "fail": "FAIL"}[e.Action]
	if e.Action == "fail" {
		s.broken = append(s.broken, e.Package)
		for _, id := range s.unfinished(e.Package) {
			fmt.Fprintf(s.out, "--- NOT FINISHED %s %s\n%s", short(id.pkg), id.name, strings.Join(s.output[id], ""))
		}
		fmt.Fprint(s.out, strings.Join(s.output[test{e.Package, ""}], ""))
	}
	fmt.Fprintf(s.out, "%s %-42s %7.1fs %5d passed", word, short(e.Package), e.Elapsed, c.passed)
	if c.failed > 0 {
		fmt.Fprintf(s.out, " %d failed", c.failed)
	}
	if c.skipped > 0 {
		fmt.Fprintf(s.out, " %d skipped", c.skipped)
	}
	fmt.Fprintln(s.out)
}

// unfinished are the tests of the package that began and never ended.
func (s *summary) unfinished(pkg string) []test {
	var all []test
	for id := range s.output {
		if id.pkg == pkg && id.name != "" && !s.parents[id] {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b test) int { return strings.Compare(a.name, b.name) })
	return all
}

// skipReason is what the test said: its output without the frame of the
// testing package and without "file.go:12:".
func skipReason(output []string) string {
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "---") {
			continue
		}
		if place, rest, ok := strings.Cut(line, ": "); ok && strings.Contains(place, ".go:") {
			line = rest
		}
		return line
	}
	return "no reason given"
}

// finish prints the totals. The error says that something failed.
func (s *summary) finish() error {
	var total counts
	for _, c := range s.counts {
		total.passed += c.passed
		total.failed += c.failed
		total.skipped += c.skipped
	}
	fmt.Fprintf(s.out, "\n%d packages: %d passed, %d failed, %d skipped\n", len(s.counts), total.passed, total.failed, total.skipped)
	for _, reason := range slices.Sorted(maps.Keys(s.skips)) {
		fmt.Fprintf(s.out, "  skipped %4d: %s\n", s.skips[reason], reason)
	}
	slices.Sort(s.broken)
	switch s.broken = slices.Compact(s.broken); {
	case len(s.broken) > 0:
		return fmt.Errorf("failed: %s", strings.Join(s.broken, " "))
	case total.failed > 0:
		return errors.New("tests failed")
	case total.passed == 0:
		return errors.New("no test ran")
	}
	return nil
}

// short drops the host and owner of an import path.
func short(pkg string) string {
	if _, rest, ok := strings.Cut(pkg, "bootmend/bootmend/"); ok {
		return rest
	}
	return pkg
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
