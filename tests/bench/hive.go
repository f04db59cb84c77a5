package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// The size of the large hive is that of a SOFTWARE hive which has seen some
// years.
const (
	largeHive  = 60 << 20
	regLines   = 10_000
	hiveRuns   = 5
	benchMount = `HKEY_LOCAL_MACHINE\OFFLINE`
)

// hiveFigures compares bootmend hive with hivexsh and hivexregedit at the same
// work, the start of the process included.
func hiveFigures(dir string) ([]figure, error) {
	command := filepath.Join(dir, "bootmend-hive")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", command, "github.com/bootmend/bootmend/cmds/bootmend").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, out)
	}
	small, large := filepath.Join(dir, "small.hive"), filepath.Join(dir, "large.hive")
	if err := makeHive(command, small, 1<<20); err != nil {
		return nil, err
	}
	if err := makeHive(command, large, largeHive); err != nil {
		return nil, err
	}
	reg, err := writeReg(dir)
	if err != nil {
		return nil, err
	}
	b := hiveBench{dir: dir, command: command, small: small, large: large, reg: reg}
	var all []figure
	for _, run := range []func() ([]figure, error){b.oneValue, b.importReg, b.export} {
		figures, err := run()
		all = append(all, figures...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

type hiveBench struct{ dir, command, small, large, reg string }

// benchKey is a key in the middle of the hives.
const benchKey = `Vendor 7\Product 3\Component 5`

// makeHive fills a hive with keys like those of SOFTWARE until it has the size.
// A process of its own does it: the memory of this one would count as that of
// the commands it starts.
func makeHive(command, path string, size int64) error {
	if err := os.WriteFile(path, regftest.Build(regftest.Key{Name: "root"}, regftest.Options{}), 0o600); err != nil {
		return err
	}
	cmd := exec.Command(command, "hive", "import", "--yes", path, "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	werr := writeKeys(in, size)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("bootmend hive import: %w: %s", err, out.String())
	}
	return werr
}

func writeKeys(out io.WriteCloser, size int64) error {
	const vendor = 24 << 10 // bytes that a vendor takes of the hive
	w := bufio.NewWriter(out)
	fmt.Fprint(w, "Windows Registry Editor Version 5.00\n\n")
	for v := range max(10, size/vendor) {
		for p := range 6 {
			for c := range 8 {
				fmt.Fprintf(w, "[%s\\Vendor %d\\Product %d\\Component %d]\n", benchMount, v, p, c)
				fmt.Fprintf(w, "@=\"Component %d of product %d\"\n\"Path\"=\"C:\\\\Program Files\\\\Vendor %d\\\\Product %d\"\n", c, p, v, p)
				fmt.Fprintf(w, "\"Version\"=dword:%08x\n\"Guid\"=\"{4D36E967-E325-11CE-BFC1-%04X%08X}\"\n\n", v, v&0xffff, p*8+c)
			}
		}
	}
	return errors.Join(w.Flush(), out.Close())
}

// writeReg writes the file to import: services, each with its parents, which
// hivexregedit does not make by itself.
func writeReg(dir string) (string, error) {
	var b strings.Builder
	b.WriteString("Windows Registry Editor Version 5.00\n\n[" + benchMount + "\\New]\n\n")
	for n, lines := 0, 4; lines < regLines; n, lines = n+1, lines+7 {
		fmt.Fprintf(&b, "[%s\\New\\Service %d]\n\"Start\"=dword:%08x\n\"Type\"=dword:00000001\n\"ImagePath\"=hex(2):73,00,79,00,73,00,74,00,65,00,6d,\\\n  00,33,00,32,00,00,00\n\"Group\"=\"SCSI miniport\"\n\n", benchMount, n, n%5)
	}
	path := filepath.Join(dir, "import.reg")
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}

// cost is what one run of a command took.
type cost struct {
	wall time.Duration
	peak int64 // KiB
}

// measureCommand runs a command several times, each time after prepare, and
// returns the medians.
func measureCommand(prepare func() error, stdin, name string, args ...string) (cost, error) {
	var walls []time.Duration
	var peaks []int64
	for range hiveRuns {
		if prepare != nil {
			if err := prepare(); err != nil {
				return cost{}, err
			}
		}
		cmd := exec.Command(name, args...)
		cmd.Stdin = strings.NewReader(stdin)
		start := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			return cost{}, fmt.Errorf("%s %s: %w: %.500s", name, strings.Join(args, " "), err, out)
		}
		walls = append(walls, time.Since(start))
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return cost{}, errors.New("no resource usage on this system")
		}
		peaks = append(peaks, int64(usage.Maxrss))
	}
	slices.Sort(walls)
	slices.Sort(peaks)
	return cost{walls[hiveRuns/2], peaks[hiveRuns/2]}, nil
}

// compare makes the line of one kind of work.
func compare(what, tool string, ours, theirs cost) figure {
	return figure{what, fmt.Sprintf("%.3f s, %s %.3f s: %.1f times as fast (median of %d)",
		ours.wall.Seconds(), tool, theirs.wall.Seconds(), theirs.wall.Seconds()/ours.wall.Seconds(), hiveRuns)}
}

func (b hiveBench) oneValue() ([]figure, error) {
	ours, err := measureCommand(nil, "", b.command, "hive", "get", b.large, benchKey, "Guid")
	if err != nil {
		return nil, err
	}
	theirs, err := measureCommand(nil, "cd \\"+benchKey+"\nlsval Guid\n", "hivexsh", b.large)
	if err != nil {
		return nil, err
	}
	ofSmall, err := measureCommand(nil, "", b.command, "hive", "get", b.small, benchKey, "Guid")
	if err != nil {
		return nil, err
	}
	return []figure{
		compare("hive of 60 MiB: open, read one value", "hivexsh", ours, theirs),
		{"hive: peak memory of reading one value", fmt.Sprintf("%.1f MiB of 60 MiB, %.1f MiB of 1 MiB; hivexsh %.1f MiB of 60 MiB",
			float64(ours.peak)/1024, float64(ofSmall.peak)/1024, float64(theirs.peak)/1024)},
	}, nil
}

// importReg works on a copy of the small hive: both tools write the whole file.
func (b hiveBench) importReg() ([]figure, error) {
	patient := filepath.Join(b.dir, "import.hive")
	prepare := func() error {
		old, err := filepath.Glob(patient + "*")
		if err != nil {
			return err
		}
		for _, f := range old {
			if err := os.Remove(f); err != nil {
				return err
			}
		}
		data, err := os.ReadFile(b.small)
		if err != nil {
			return err
		}
		return os.WriteFile(patient, data, 0o600)
	}
	ours, err := measureCommand(prepare, "", b.command, "hive", "import", "--yes", patient, b.reg)
	if err != nil {
		return nil, err
	}
	theirs, err := measureCommand(prepare, "", "hivexregedit", "--merge", "--prefix", benchMount, patient, b.reg)
	if err != nil {
		return nil, err
	}
	return []figure{compare(fmt.Sprintf("hive: import of a .reg file of %d lines", regLines), "hivexregedit", ours, theirs)}, nil
}

func (b hiveBench) export() ([]figure, error) {
	out := filepath.Join(b.dir, "export.reg")
	prepare := func() error {
		err := os.Remove(out)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	ours, err := measureCommand(prepare, "", b.command, "hive", "export", b.large, "-o", out)
	if err != nil {
		return nil, err
	}
	theirs, err := measureCommand(prepare, "", "sh", "-c", `hivexregedit --export "$1" '\' > "$2"`, "sh", b.large, out)
	if err != nil {
		return nil, err
	}
	return []figure{compare("hive of 60 MiB: full export", "hivexregedit", ours, theirs)}, nil
}
