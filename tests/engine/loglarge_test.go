package engine

import (
	"os"
	"testing"

	"github.com/bootmend/bootmend/tests/damage"
)

// TestFullLog: a log that was written all over is replayed and emptied like one
// that hardly was. In the long form it has the 64 MiB of a large volume.
func TestFullLog(t *testing.T) {
	d, homes := damage.FullLog(), []string{"--journal-on-disk"}
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		d, homes = damage.LargeLog(), append(homes, "--journal-on-disk=false")
	}
	f := buildFailed(t, d)
	before := hash(t, f.image)
	f.looks(t, d)
	untouched(t, f.image, before, "looking")
	for _, home := range homes {
		t.Run(home, func(t *testing.T) {
			again := f
			again.image = copied(t, f.image)
			again.repairs(t, home)
		})
	}
}
