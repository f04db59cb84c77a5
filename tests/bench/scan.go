package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
)

// largeGuest is a Windows 7 on a disk of 40 GB.
const largeGuest = `
disk size=40G table=mbr signature=5ac9e1bf
partition 1 type=07 start=2048 size=100M active fs=ntfs label=System
tree nt6-bios arch=x64 version=6.1.7601.17514
partition 2 type=07 start=206848 size=40000M fs=ntfs label=Windows
tree nt6-windows arch=x64 version=6.1.7601.17514
tree nt60-ahci arch=x64 version=6.1.7601.17514
hive \Windows\System32\config\SYSTEM nt6-system HKEY_LOCAL_MACHINE\SYSTEM 1.5
hive \Windows\System32\config\SOFTWARE win7-software HKEY_LOCAL_MACHINE\SOFTWARE 1.5
`

const scans = 9

// scanFigures runs "bootmend scan" several times and gives medians.
func scanFigures(dir string) ([]figure, error) {
	command := filepath.Join(dir, "bootmend")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", command, "github.com/bootmend/bootmend/cmds/bootmend").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, out)
	}
	g, err := guests.Parse("bench-40g", largeGuest)
	if err != nil {
		return nil, err
	}
	image := filepath.Join(dir, "large.img")
	if err := g.Write(image); err != nil {
		return nil, err
	}
	var wall []time.Duration
	var peak []int64 // KiB
	for range scans {
		cmd := exec.Command(command, "scan", "--machine", "qemu-q35", image)
		start := time.Now()
		err := cmd.Run()
		wall = append(wall, time.Since(start))
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return nil, err
		}
		if code := cmd.ProcessState.ExitCode(); code != 10 {
			return nil, fmt.Errorf("bootmend scan exits with %d; want 10", code)
		}
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return nil, errors.New("no resource usage on this system")
		}
		peak = append(peak, int64(usage.Maxrss))
	}
	slices.Sort(wall)
	slices.Sort(peak)
	runs := fmt.Sprintf(" (median of %d)", scans)
	return []figure{
		{"scan of a 40 GB disk, wall time", fmt.Sprintf("%.3f s", wall[scans/2].Seconds()) + runs},
		{"scan of a 40 GB disk, peak memory", fmt.Sprintf("%.1f MiB", float64(peak[scans/2])/1024) + runs},
	}, nil
}
