package repair

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// logMemory is how much memory emptying an NTFS log takes, as a multiple of its
// size: what was in it is held twice while the plan is made again, and in the
// rescue image temporary files lie in memory as well (measured: 3.8 and 1).
const logMemory = 5

// enoughMemory refuses to begin what the machine has no memory for: a process
// that the kernel ends in the middle of a repair leaves a journal to recover.
// Where the kernel does not say how much there is, nothing is refused.
func enoughMemory(meminfo io.Reader, need int64, what string) error {
	have := availableMemory(meminfo)
	if have < 0 || have >= need {
		return nil
	}
	return &VerifyError{[]string{fmt.Sprintf("%s takes %d MiB of memory, %d MiB are free. Repair the disk on a machine with more memory, or attach it to a working Windows, which replays the log when it mounts the volume",
		what, (need+1<<20-1)>>20, have>>20)}}
}

// availableMemory is what programs can take, in bytes, by MemAvailable of
// /proc/meminfo (proc(5)); -1 where it is not told.
func availableMemory(meminfo io.Reader) int64 {
	lines := bufio.NewScanner(meminfo)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			var kib int64
			if _, err := fmt.Sscanf(strings.TrimSpace(rest), "%d kB", &kib); err == nil {
				return kib << 10
			}
		}
	}
	return -1
}

// memoryForLogs checks that logs of n bytes can be emptied.
func memoryForLogs(n int64) error {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return nil // not told
	}
	defer f.Close()
	return enoughMemory(f, n*logMemory, "emptying the NTFS log")
}
