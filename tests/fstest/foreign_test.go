package fstest

import (
	"fmt"
	"testing"

	"github.com/bootmend/bootmend/tests/volume"
)

// geometry is how a volume is formatted.
type geometry struct {
	size            int64
	cluster, sector int
}

func (g geometry) String() string {
	return fmt.Sprintf("%dMiB_c%d_s%d", g.size>>20, g.cluster, g.sector)
}

// mkntfs makes a volume.
func mkntfs(tb testing.TB, g geometry) string {
	tb.Helper()
	return volume.NTFS(tb, g.size, g.cluster, g.sector, "-L", "Prüfung")
}
