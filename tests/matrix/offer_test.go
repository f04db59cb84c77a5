package matrix

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/tests/realdata"
)

// packages are the archives of driver packages in the collection that are
// offered to the repair, each as a folder: virtio-win 0.1.240 and VMware's vmscsi,
// and a collection of mass storage INFs whose drivers are not there, which must
// not lead anybody astray.
var packages = []string{
	"drivers/virtio-win-0.1.240-storage-shared.tar.xz",
	"drivers/vmware-vmscsi-package.tar.xz",
	"drivers/dp-massstorage-inf-shared.tar.xz",
}

// offer unpacks what is offered. Without the collection that is nothing.
func offer(t *testing.T) []string {
	t.Helper()
	if !haveReal(t, packages[0]) {
		t.Log("SKIP-REALDATA: no driver packages are offered, and all hives are synthetic")
		return nil
	}
	var all []string
	for _, name := range packages {
		archive := realdata.File(t, name)
		dir := filepath.Join(t.TempDir(), "packages")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("tar", "-xf", archive, "-C", dir).CombinedOutput(); err != nil {
			t.Fatalf("tar: %v: %s", err, out)
		}
		all = append(all, dir)
	}
	return all
}
