package main

import (
	"strings"
	"testing"
)

// lines joins events, one JSON object each.
func lines(events ...string) string { return strings.Join(events, "\n") + "\n" }

func TestSummary(t *testing.T) {
	for name, tt := range map[string]struct {
		in      string
		wantErr string
		want    []string
		not     []string
	}{
		"passes and counted skips": {
			in: lines(
				`{"Action":"run","Package":"p","Test":"A"}`,
				`{"Action":"run","Package":"p","Test":"A/x"}`,
				`{"Action":"output","Package":"p","Test":"A/x","Output":"    a_test.go:7: SKIP-REALDATA hive: not present\n"}`,
				`{"Action":"skip","Package":"p","Test":"A/x"}`,
				`{"Action":"pass","Package":"p","Test":"A"}`,
				`{"Action":"run","Package":"p","Test":"B"}`,
				`{"Action":"output","Package":"p","Test":"B","Output":"noise\n"}`,
				`{"Action":"pass","Package":"p","Test":"B"}`,
				`{"Action":"pass","Package":"p","Elapsed":1.5}`),
			want: []string{"1 passed, 0 failed, 1 skipped", "skipped    1: SKIP-REALDATA hive: not present", "ok   p"},
			not:  []string{"noise"},
		},
		"a failure shows its output": {
			in: lines(
				`{"Action":"run","Package":"p","Test":"A"}`,
				`{"Action":"output","Package":"p","Test":"A","Output":"a_test.go:1: got 3\n"}`,
				`{"Action":"fail","Package":"p","Test":"A"}`,
				`{"Action":"fail","Package":"p"}`),
			wantErr: "failed: p",
			want:    []string{"--- FAIL p A", "got 3", "0 passed, 1 failed"},
		},
		"a panic is no pass": {
			in: lines(
				`{"Action":"run","Package":"p","Test":"A"}`,
				`{"Action":"output","Package":"p","Test":"A","Output":"panic: boom\n"}`,
				`{"Action":"output","Package":"p","Output":"FAIL\tp\n"}`,
				`{"Action":"fail","Package":"p"}`),
			wantErr: "failed: p",
			want:    []string{"NOT FINISHED p A", "panic: boom"},
		},
		"a failed build": {
			in: lines(
				`{"ImportPath":"p","Action":"build-output","Output":"p.go:3: undefined: x\n"}`,
				`{"ImportPath":"p","Action":"build-fail"}`),
			wantErr: "failed: p",
			want:    []string{"undefined: x"},
		},
		"nothing at all": {in: "", wantErr: "no test ran"},
		"not JSON":       {in: "go: cannot find main module\n", wantErr: "no test ran", want: []string{"cannot find main module"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := run(strings.NewReader(tt.in), &out)
			if (err != nil) != (tt.wantErr != "") || err != nil && !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("error %v; want %q", err, tt.wantErr)
			}
			for _, w := range tt.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("output lacks %q:\n%s", w, out.String())
				}
			}
			for _, w := range tt.not {
				if strings.Contains(out.String(), w) {
					t.Errorf("output has %q:\n%s", w, out.String())
				}
			}
		})
	}
}
