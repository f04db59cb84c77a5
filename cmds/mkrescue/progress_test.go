package main

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestStatusLine(t *testing.T) {
	const text = "mkrescue: downloading linux-source.deb"
	for _, tt := range []struct {
		text    string
		part    float64
		seconds int
		columns int
		want    string
	}{
		{text, 0.5, 12, 80, text + " [##############--------------] 50 % 12 s"},
		{text, 0.5, 12, 200, text + " [" + strings.Repeat("#", 20) + strings.Repeat("-", 20) + "] 50 % 12 s"},
		{text, 0, 0, 60, text + " [-------------]  0 %"},
		{text, 1, 100, 60, "downloading linux-source.deb [################-] 99 % 100 s"},
		{text, 0.25, 12, 40, "downloading l... [##--------] 25 % 12 s"},
		{text, 0.25, 12, 39, "downloading linux-source.deb 25 % 12 s"},
		{text, 0.25, 12, 30, "downloading linu... 25 % 12 s"},
		{text, 0.25, 12, 12, "d 25 % 12 s"},
		{text, 0.25, 12, 5, " 25 "},
		{text, 0.25, 12, 1, ""},
		{text, -1, 12, 80, text + " ... 12 s"},
		{text, -1, 0, 80, text},
		{text, -1, 12, 40, "downloading linux-source.deb ... 12 s"},
		{text, -1, 12, 20, "downloa... ... 12 s"},
		{"mkrescue: writing 磁碟.img", -1, 0, 26, "writing 磁碟.img"},
		{"mkrescue: writing 磁碟.img", -1, 0, 13, "writing ..."},
		{"mkrescue: writing a\nb\x1b[2J", -1, 0, 80, "mkrescue: writing a?b?[2J"},
	} {
		got := statusLine(tt.text, tt.part, time.Duration(tt.seconds)*time.Second, tt.columns)
		if got != tt.want {
			t.Errorf("%q, %v, %d s in %d columns:\n%q, want\n%q", tt.text, tt.part, tt.seconds, tt.columns, got, tt.want)
		}
	}
}

var percentage = regexp.MustCompile(`(\d+) %`)

// TestStatusLineFits: whatever is shown fits before the last column, and never says that
// all is done.
func TestStatusLineFits(t *testing.T) {
	n := 0
	for columns := range 130 {
		for _, text := range []string{"", "mkrescue: x", "mkrescue: " + strings.Repeat("long ", 40), "mkrescue: " + strings.Repeat("磁", 50), "e" + strings.Repeat("\u0301", 9)} {
			for _, part := range []float64{-1, 0, 0.005, 0.5, 0.999, 1, 1.5, math.Inf(1)} {
				for _, seconds := range []time.Duration{0, 1, 100000} {
					got := statusLine(text, part, seconds*time.Second, columns)
					if n++; cells(got) > max(columns-1, 0) {
						t.Fatalf("%q in %d columns takes %d", got, columns, cells(got))
					}
					if m := percentage.FindStringSubmatch(got); m != nil && len(m[1]) > 2 {
						t.Fatalf("%q", got)
					}
					if strings.Contains(got, "#]") {
						t.Fatalf("%q: the bar is full", got)
					}
				}
			}
		}
	}
	t.Logf("%d lines", n)
}

// TestNoTerminal: a log has a line for each step and nothing else.
func TestNoTerminal(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out}
	p.Logf("downloading %s", "a")
	p.Progress(1, 2)
	p.Logf("unpacking a")
	p.Progress(2, 2)
	p.Done()
	p.Done()
	if got, want := out.String(), "mkrescue: downloading a\nmkrescue: unpacking a\n"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
}

// TestTerminal: a bar does not go backwards, a step begins without that of the one before,
// and nothing is written where nothing changed.
func TestTerminal(t *testing.T) {
	var out bytes.Buffer
	width := 80
	p := &progress{out: &out, width: func() int { return width }}
	p.once.Do(func() {}) // the test draws
	p.Logf("downloading a")
	shown := func() string {
		out.Reset()
		p.draw()
		return out.String()
	}
	for _, tt := range []struct {
		done, total int64
		percent     int // -1: nothing is drawn
	}{
		{0, 0, -1}, {5, 0, -1}, {0, 10, 0}, {3, 10, 30}, {2, 10, -1}, {3, 10, -1}, {-7, 10, -1}, {1, 2, 50}, {12, 10, 99}, {1, 10, -1},
		{math.MaxInt64, math.MaxInt64, -1},
	} {
		p.Progress(tt.done, tt.total)
		got := shown()
		m := percentage.FindStringSubmatch(got)
		if (m == nil) != (tt.percent < 0) || m != nil && m[1] != strconv.Itoa(tt.percent) {
			t.Errorf("%d of %d: drawn %q; want %d %%", tt.done, tt.total, got, tt.percent)
		}
	}
	width = 20
	if got, want := shown(), "\rdownloading a 99 %"; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "\x1b[J\r") {
		t.Errorf("narrower: %q; want %q", got, want)
	}
	out.Reset()
	p.Logf("unpacking %s", strings.Repeat("a", 100))
	if got := out.String(); !strings.HasPrefix(got, "\r \x1b[J\rmkrescue: downloading a: 0.") || strings.Contains(got, "%") {
		t.Errorf("the next step: %q", got)
	}
	out.Reset()
	p.Done()
	if got, want := out.String(), "\r \x1b[J\rmkrescue: unpacking "+strings.Repeat("a", 100)+": "; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, " s\n") {
		t.Errorf("%q; want %q", got, want)
	}
}
