package deliver

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestFrameAndCut(t *testing.T) {
	report := make([]byte, 20000)
	rand.NewChaCha8([32]byte{1}).Read(report) // long when packed
	frame, err := Frame(report)
	if err != nil {
		t.Fatal(err)
	}
	console := "boot\r\n" + strings.ReplaceAll(string(frame), "\n", "\r\n") + "login:"
	first, _ := Frame([]byte("an older one"))
	for name, log := range map[string]string{"plain": string(frame), "from a terminal": console, "the last counts": string(first) + console, "cursor moved": "\x1b[2J" + console} {
		if got, err := Cut([]byte(log)); err != nil || !bytes.Equal(got, report) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if _, err := Cut([]byte("nothing here")); !errors.Is(err, ErrNoReport) {
		t.Errorf("no report: %v", err)
	}
	lines := strings.Split(string(frame), "\n")
	middle := len(lines) / 2 // far behind the headers
	for name, bad := range map[string]string{
		"cut off":         strings.Join(lines[:middle], "\n"),
		"a line missing":  strings.Join(append(append([]string{}, lines[:middle]...), lines[middle+1:]...), "\n"),
		"another length":  strings.Replace(string(frame), "Length: ", "Length: 1", 1),
		"another hash":    strings.Replace(string(frame), "SHA-256: ", "SHA-256: 0", 1),
		"text between":    strings.Join(lines[:middle], "\n") + "\n[ 1.0] usb 1-1: new device\n" + strings.Join(lines[middle:], "\n"),
		"changed content": strings.Replace(string(frame), lines[middle], strings.Repeat("A", len(lines[middle])), 1),
	} {
		if got, err := Cut([]byte(bad)); err == nil {
			t.Errorf("%s: %d bytes were taken", name, len(got))
		}
	}
}

// FuzzCut: whatever a console said, no panic; what is taken out is framed and
// taken out again the same.
func FuzzCut(f *testing.F) {
	frame, _ := Frame([]byte("{}"))
	f.Add(frame)
	f.Fuzz(func(t *testing.T, log []byte) {
		report, err := Cut(log)
		if err != nil {
			return
		}
		frame, err := Frame(report)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Cut(frame); err != nil || !bytes.Equal(again, report) {
			t.Errorf("%d bytes became %d, %v", len(report), len(again), err)
		}
	})
}
