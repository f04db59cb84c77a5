package kernel

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/builder/progress"
)

// steps is about how many lines make prints that isStep counts, while it builds a kernel:
// nobody knows beforehand. The numbers are those of Debian 12's linux-source 6.1 and gcc 12,
// of the floppy for 386 counted in a build (1174, before NVMe was added), of the others in
// dry runs (make -n) and what the build had more than its own. Another version, compiler or
// setting has some more or less; nothing but the bar depends on it.
func steps(arch string, v Variant) int64 {
	switch {
	case v == Lite:
		return 1860
	case arch == "386":
		return 1190
	}
	return 1220
}

// isStep says whether a line of the kernel's make tells of a file that is made, such as
// "  CC      init/main.o": two spaces, then what makes it in capital letters.
func isStep(line []byte) bool {
	return len(line) > 3 && line[0] == ' ' && line[1] == ' ' && line[2] >= 'A' && line[2] <= 'Z'
}

// extract unpacks an archive of sources into dir without the folder at its top, and tells
// how much of the archive was read.
func extract(archive, dir string, tell progress.Func) error {
	// tar finds out by itself how a file that it is given the name of is compressed, but not
	// how its standard input is, of which it can be told how far it is read.
	unpacker, ok := map[string]string{".xz": "--xz", ".gz": "--gzip", ".bz2": "--bzip2", ".zst": "--zstd"}[filepath.Ext(archive)]
	if !ok {
		return fmt.Errorf("%s: sources packed in a way that is not known", archive)
	}
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	stop, err := tell.Position(f)
	if err != nil {
		return err
	}
	defer stop()
	return run(f, nil, dir, "tar", unpacker, "-xf", "-", "--strip-components=1")
}
