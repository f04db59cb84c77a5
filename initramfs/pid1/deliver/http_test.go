//go:build !lean

package deliver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

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

func TestCheckServer(t *testing.T) {
	for _, place := range []string{"http://h/x", "https://h:1"} {
		if err := CheckPlace(place); err != nil {
			t.Errorf("%q: %v", place, err)
		}
	}
	if got := Name("http://u:secret@h/x"); strings.Contains(got, "secret") || !strings.Contains(got, "h/x") {
		t.Errorf("Name = %q", got)
	}
}
