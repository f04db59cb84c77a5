package scope

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNames: renames between the changes are seen through.
func TestNames(t *testing.T) {
	for what, c := range map[string]struct {
		changes       []Change
		before, after Names
	}{
		"none": {},
		"one file": {
			[]Change{{Path: "/a/b", Content: true}},
			Names{[]Name{{`\a\b`, true}}, []string{`\a`}},
			Names{[]Name{{`\a\b`, true}}, []string{`\a`}},
		},
		"a file in a directory that was moved": {
			[]Change{{Path: `\d`, To: `\x\e`}, {Path: `\X\E\f`, Content: true}},
			Names{[]Name{{`\d`, false}, {`\d\f`, true}}, []string{`\`, `\x`, `\d`}},
			Names{[]Name{{`\x\e`, false}, {`\X\E\f`, true}}, []string{`\`, `\x`, `\X\E`}},
		},
		"a file that is moved later": {
			[]Change{{Path: `\f`, Content: true}, {Path: `\f`, To: `\g`}, {Path: `\g`, To: `\h`}},
			Names{[]Name{{`\f`, true}, {`\f`, false}}, []string{`\`}},
			Names{[]Name{{`\h`, true}, {`\h`, false}}, []string{`\`}},
		},
		"another file takes the name": {
			[]Change{{Path: `\a`, To: `\b`}, {Path: `\a`, Content: true}},
			Names{[]Name{{`\a`, false}, {`\a`, true}}, []string{`\`}},
			Names{[]Name{{`\b`, false}, {`\a`, true}}, []string{`\`}},
		},
		"a name that only begins like it": {
			[]Change{{Path: `\ab`, To: `\c`}, {Path: `\abc\d`}},
			Names{[]Name{{`\ab`, false}, {`\abc\d`, false}}, []string{`\`, `\abc`}},
			Names{[]Name{{`\c`, false}, {`\abc\d`, false}}, []string{`\`, `\abc`}},
		},
	} {
		s := Scope{Changes: c.changes}
		if d := cmp.Diff(c.before, s.Before()); d != "" {
			t.Errorf("%s, before:\n%s", what, d)
		}
		if d := cmp.Diff(c.after, s.After()); d != "" {
			t.Errorf("%s, after:\n%s", what, d)
		}
	}
}
