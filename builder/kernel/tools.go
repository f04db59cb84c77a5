package kernel

import (
	"errors"
	"os/exec"
	"strings"
)

// ErrTools is wrapped when something that building needs is not installed.
var ErrTools = errors.New("building a kernel needs more programs")

// Tools are the programs that a kernel is built with.
func Tools() []string {
	return []string{"gcc", "make", "flex", "bison", "bc", "xz", "tar", "dpkg-deb"}
}

// Headers are what the kernel's own tools are compiled with, as C programs include them:
// the C library's, and for 64 bits those of objtool, which looks at what was compiled
// (HAVE_OBJTOOL is x86_64's only).
func Headers(arch string) []string {
	if arch == "amd64" {
		return []string{"stdlib.h", "libelf.h"}
	}
	return []string{"stdlib.h"}
}

// Missing are those of Tools and Headers that are not here; headers only where there is a
// gcc to look for them.
func Missing(arch string) []string {
	var missing []string
	for _, tool := range Tools() {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, tool)
		}
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		return missing
	}
	for _, header := range Headers(arch) {
		cmd := exec.Command("gcc", "-E", "-x", "c", "-o", "/dev/null", "-")
		cmd.Stdin = strings.NewReader("#include <" + header + ">\n")
		if cmd.Run() != nil {
			missing = append(missing, header)
		}
	}
	return missing
}
