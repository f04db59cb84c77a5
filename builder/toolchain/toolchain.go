package toolchain

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// ErrMissing is wrapped when the go command would have had to fetch something.
var ErrMissing = errors.New("Go modules, or the Go that go.mod names, are not on this machine, and nothing is downloaded because of --offline: build once without --offline")

// Toolchain is the go command in the directory of a main module.
type Toolchain struct {
	Dir     string
	Offline bool // nothing is fetched
}

// Variables are those that keep the go command from fetching, as NAME=VALUE: modules, by a
// proxy or from where they are made, also those of GOPRIVATE, and another Go, which is a
// module for it. One that it fetched earlier it goes on with.
func (t Toolchain) Variables() []string {
	if !t.Offline {
		return nil
	}
	return []string{"GOPROXY=off", "GONOPROXY=none", "GOVCS=*:off"}
}

// Run runs go with these variables besides those of this process, and returns what it writes.
// What it complains of is in the error.
func (t Toolchain) Run(variables []string, args ...string) (stdout []byte, err error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = t.Dir
	cmd.Env = append(append(cmd.Environ(), variables...), t.Variables()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err = cmd.Output()
	if err != nil {
		err = fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
		return stdout, t.Explain(err)
	}
	return stdout, nil
}

// Explain adds what to do to an error of the go command that comes from its not fetching.
func (t Toolchain) Explain(err error) error {
	if err == nil || !t.Offline {
		return err
	}
	for _, says := range []string{"disabled by GOPROXY=off", "toolchain not available"} {
		if strings.Contains(err.Error(), says) {
			lines := strings.SplitAfterN(err.Error(), "\n", 4) // there is one for each package
			if len(lines) == 4 {
				lines[3] = "..."
			}
			return fmt.Errorf("%w\n%s", ErrMissing, strings.Join(lines, ""))
		}
	}
	return err
}

// Root is GOROOT: that of the Go that go.mod wants, which may be another one than this
// program was built with.
func (t Toolchain) Root() (string, error) {
	out, err := t.Run(nil, "env", "GOROOT")
	if err != nil {
		return "", fmt.Errorf("%w (the go command is needed to build the image)", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// ModuleDir is where the sources of a module lie that go.mod names.
func (t Toolchain) ModuleDir(module string) (string, error) {
	// "go list -m" says no directory for a module that is not there, and fetches none.
	for _, args := range [][]string{{"list", "-m", "-f", "{{.Dir}}", module}, {"mod", "download", module}, {"list", "-m", "-f", "{{.Dir}}", module}} {
		out, err := t.Run(nil, args...)
		if err != nil {
			return "", fmt.Errorf("module %s: %w", module, err)
		}
		if dir := strings.TrimSpace(string(out)); dir != "" {
			return dir, nil
		}
	}
	return "", fmt.Errorf("module %s: the go command does not say where it lies", module)
}
