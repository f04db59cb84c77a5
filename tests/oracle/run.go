package oracle

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
)

// run returns what the tool wrote to standard output. A failure carries both
// outputs.
func run(stdin, tool string, args ...string) ([]byte, error) {
	cmd := exec.Command(tool, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s %s: %w: %s %s", tool, strings.Join(args, " "), err,
			bytes.TrimSpace(errOut.Bytes()), bytes.TrimSpace(out.Bytes()))
	}
	return out.Bytes(), nil
}
