package damage

import (
	"os/exec"
	"testing"
)

// recovered: ntfs-3g does not mount the volume, and ntfsrecover carries out its
// log or refuses to.
func recovered(want bool) func(*testing.T, string) {
	return func(t *testing.T, v string) {
		probe(false)(t, v)
		out, err := exec.Command("ntfsrecover", v).CombinedOutput()
		if (err == nil) != want {
			t.Errorf("ntfsrecover: %v; want success %t:\n%s", err, want, out)
		}
		if want {
			probe(true)(t, v)
		}
	}
}
