package deliver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
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

func TestCheckPlace(t *testing.T) {
	for place, ok := range map[string]bool{"disk": true, "serial": true, "usb": true, "http://h/x": true, "https://h:1": true, "": false, "tape": false, "ftp://h": false, "http://": false} {
		if err := CheckPlace(place); (err == nil) != ok {
			t.Errorf("%q: %v", place, err)
		}
	}
	if got := Name("http://u:secret@h/x"); strings.Contains(got, "secret") || !strings.Contains(got, "h/x") {
		t.Errorf("Name = %q", got)
	}
}

func TestPost(t *testing.T) {
	report := []byte(`{"version":1}`)
	for _, tt := range []struct {
		name     string
		statuses []int // one after the other; the last goes on
		asked    int
		err      string
	}{
		{"ok", []int{200}, 1, ""}, {"created", []int{201}, 1, ""}, {"busy at first", []int{503, 429, 200}, 3, ""},
		{"broken", []int{500}, 5, "tried 5 times"}, {"refused", []int{403}, 1, "refuses"}, {"not there", []int{404}, 1, "404"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || !bytes.Equal(body, report) || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" ||
					r.Header.Get("Content-Digest") != "sha-256=:JDDxoq0pgtAGeIVIikyJ4hrR18g7EVuo8bIKzIjfrqg=:" {
					t.Errorf("%s %q %v, %v", r.Method, body, r.Header, err)
				}
				w.WriteHeader(tt.statuses[min(asked, len(tt.statuses)-1)])
				asked++
			}))
			defer server.Close()
			var pauses []time.Duration
			p := Poster{Wait: func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }}
			err := p.Post(context.Background(), server.URL, report)
			if asked != tt.asked || len(pauses) != tt.asked-1 || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("asked %d times, paused %v, %v; want %d times and %q", asked, pauses, err, tt.asked, tt.err)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (Poster{}).Post(ctx, "http://127.0.0.1:1", report); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// TestPostRedirected: a redirection that drops the report is no success.
func TestPostRedirected(t *testing.T) {
	for code, arrives := range map[int]bool{http.StatusMovedPermanently: false, http.StatusFound: false, http.StatusSeeOther: false, http.StatusTemporaryRedirect: true, http.StatusPermanentRedirect: true} {
		got := ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/old" {
				http.Redirect(w, r, "/new", code)
				return
			}
			body, _ := io.ReadAll(r.Body)
			got += r.Method + " " + string(body)
		}))
		err := Poster{}.Post(context.Background(), server.URL+"/old", []byte("report"))
		server.Close()
		if want := map[bool]string{true: "POST report"}[arrives]; got != want || (err == nil) != arrives {
			t.Errorf("%d: the server got %q, want %q; %v", code, got, want, err)
		}
	}
}
