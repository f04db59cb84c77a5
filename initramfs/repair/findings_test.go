package repair

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

func TestCompareFindings(t *testing.T) {
	v := &inspect.Volume{Disk: &inspect.Disk{Path: "d"}}
	fixed := condition.Finding{ID: "fixed", Result: condition.Present, Volume: v}
	other := condition.Finding{ID: "other", Result: condition.Present, Volume: v}
	fresh := condition.Finding{ID: "fresh", Result: condition.Unknown, Volume: v, Summary: "it came"}
	before, fixes := []condition.Finding{fixed, other}, []Fix{{Finding: fixed}}
	for _, tt := range []struct {
		name   string
		brings []string
		now    []condition.Finding
		want   string
	}{
		{"fixed and no more", nil, []condition.Finding{other}, ""},
		{"still there", nil, []condition.Finding{fixed, other}, "fixed is still there"},
		{"still there, whatever may come", []string{"fixed"}, []condition.Finding{fixed, other}, "fixed is still there"},
		{"an ordinary state", nil, []condition.Finding{other, {ID: "info", Result: condition.Present, Volume: v, Severity: condition.Info}}, ""},
		{"something new", nil, []condition.Finding{other, fresh}, "fresh appeared: it came"},
		{"something that was asked for", []string{"fresh"}, []condition.Finding{other, fresh}, ""},
		{"something else than was asked for", []string{"different"}, []condition.Finding{other, fresh}, "fresh appeared: it came"},
	} {
		if got := strings.Join(compareFindings(&inspect.Patient{}, before, fixes, tt.brings, tt.now), "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestGotWorse: what a person asks for does not turn a fault that is mended into one
// that is not; a repair of something else may.
func TestGotWorse(t *testing.T) {
	v := &inspect.Volume{Disk: &inspect.Disk{Path: "d"}}
	was := condition.Finding{ID: "hidden", Result: condition.Present, Volume: v, Fixable: true, Confidence: condition.High}
	now := was
	now.Confidence, now.Summary = condition.Low, "another type"
	for _, tt := range []struct {
		fixes  []Fix
		brings []string
		want   string
	}{
		{nil, nil, "hidden got worse: another type"},
		{nil, []string{"hidden"}, ""},
		{[]Fix{{Finding: condition.Finding{ID: "other"}}}, nil, ""},
	} {
		if got := strings.Join(compareFindings(&inspect.Patient{}, []condition.Finding{was}, tt.fixes, tt.brings, []condition.Finding{now}), "; "); got != tt.want {
			t.Errorf("%v, %v: %q, want %q", tt.fixes, tt.brings, got, tt.want)
		}
	}
	if got := compareFindings(&inspect.Patient{}, []condition.Finding{now}, nil, nil, []condition.Finding{was}); len(got) > 0 {
		t.Errorf("better: %q", got)
	}
}

// TestHides: what could not be seen truly is not new when it comes to light, and
// is not mended in the same repair.
func TestHides(t *testing.T) {
	v := &inspect.Volume{Disk: &inspect.Disk{Path: "d"}}
	w, other := &inspect.Installation{Volume: v, Root: `\Windows`}, &inspect.Installation{Volume: v, Root: `\WINNT`}
	lost := condition.Finding{ID: "lost", Result: condition.Present, Windows: w, Hides: true}
	at := func(w *inspect.Installation) condition.Finding {
		return condition.Finding{ID: "fresh", Result: condition.Present, Windows: w, Summary: "it came"}
	}
	p := &Plan{Fixes: []Fix{{Finding: lost}}}
	for _, tt := range []struct {
		w    *inspect.Installation
		want bool
	}{{w, true}, {other, false}} {
		bad := compareFindings(&inspect.Patient{}, []condition.Finding{lost}, p.Fixes, nil, []condition.Finding{at(tt.w)})
		if p.hidden(at(tt.w)) != tt.want || (len(bad) == 0) != tt.want {
			t.Errorf("%s: hidden %v, %v", tt.w.Root, p.hidden(at(tt.w)), bad)
		}
	}
	if bad := compareFindings(&inspect.Patient{}, []condition.Finding{lost}, p.Fixes, nil, []condition.Finding{lost}); len(bad) != 1 {
		t.Errorf("what was mended and is still there: %v", bad)
	}
	block := condition.Finding{ID: "dirty", Result: condition.Present, Severity: condition.Blocker, Windows: w}
	steps := []step.Step{step.SetValue{Volume: v, File: w.HivePath}}
	p = &Plan{findings: []condition.Finding{block}}
	if _, blocked := p.blockedFor(block, steps); blocked {
		t.Error("a blocker forbids its own end")
	}
	if _, blocked := p.blockedFor(lost, steps); !blocked {
		t.Error("a blocker forbids nothing")
	}
}

// oneFile is a file system with one file.
type oneFile struct{ content string }

func (o oneFile) Kind() fs.Kind                     { return fs.NTFS }
func (o oneFile) Stat(string) (fs.Info, error)      { return o.Info(), nil }
func (o oneFile) ReadDir(string) ([]fs.Info, error) { return nil, nil }
func (o oneFile) Open(string) (fs.File, error)      { return o, nil }
func (o oneFile) Info() fs.Info                     { return fs.Info{Size: int64(len(o.content)), Modified: time.Time{}} }
func (o oneFile) Extents() ([]fs.Extent, error)     { return nil, nil }
func (o oneFile) ReadAt(p []byte, off int64) (int, error) {
	return io.NewSectionReader(strings.NewReader(o.content), 0, int64(len(o.content))).ReadAt(p, off)
}

// TestSecondReaderDecides: what the independent reader does not like is not
// repaired, and its sentence is not among the proofs.
func TestSecondReaderDecides(t *testing.T) {
	patient := func() *inspect.Patient {
		d := &inspect.Disk{Path: "d", Dev: block.Unreadable(errors.New("no disk")), Table: &part.Table{}}
		d.Volumes = []*inspect.Volume{{Disk: d, FS: oneFile{"content"}}}
		return &inspect.Patient{Disks: []*inspect.Disk{d}, Windows: []*inspect.Installation{}}
	}
	before := patient()
	var asked []string
	r := &rehearsal{before: before, touched: []touchedFile{{volume: before.Disks[0].Volumes[0], path: `\file`}}}
	findings, err := condition.Detect(context.Background(), before)
	if err != nil {
		t.Fatal(err)
	}
	r.findings = findings
	for _, bad := range [][]string{nil, {"other bytes"}} {
		r.second = func(_ *inspect.Volume, path string) []string {
			asked = append(asked, path)
			return bad
		}
		proof, err := r.verify(context.Background(), nil, patient())
		var verify *VerifyError
		if (bad == nil) != (err == nil) || bad != nil && !errors.As(err, &verify) {
			t.Errorf("reader says %q: proof %q, error %v", bad, proof, err)
		}
	}
	if len(asked) != 2 {
		t.Errorf("the independent reader was asked %d times", len(asked))
	}
}
