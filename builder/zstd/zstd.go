package zstd

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/bootmend/bootmend/builder/progress"
)

// ErrNoCommand is wrapped when the host has no zstd command.
var ErrNoCommand = errors.New("the command zstd is needed")

const level = "-19"

// Encoder compresses with the host's command.
type Encoder struct {
	// Dir keeps results; it is made where it is missing. "" keeps none.
	Dir string
	// Progress, which may be nil, is told how much was read of what is compressed.
	Progress progress.Func
}

// Compress returns b as one Zstandard frame with a window of 1<<windowLog bytes.
func (e Encoder) Compress(b []byte, windowLog int) ([]byte, error) {
	command, err := exec.LookPath("zstd")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoCommand, err)
	}
	version, err := exec.Command(command, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", command, err)
	}
	args := []string{level, fmt.Sprintf("--zstd=wlog=%d", windowLog), "--single-thread", "--check", "-q", "-c"}
	kept := e.keptAs(version, args, b)
	if packed, err := os.ReadFile(kept); err == nil && unpacks(packed, b) == nil {
		return packed, nil
	}
	cmd := exec.Command(command, args...)
	var out, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.Progress.Reader(bytes.NewReader(b), int64(len(b))), &out, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	if err := unpacks(out.Bytes(), b); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return out.Bytes(), e.keep(kept, out.Bytes())
}

// keptAs is the file of a result, "" for none.
func (e Encoder) keptAs(version []byte, args []string, b []byte) string {
	if e.Dir == "" {
		return ""
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q\n", version, args)
	sum.Write(b)
	return filepath.Join(e.Dir, fmt.Sprintf("%x.zst", sum.Sum(nil)))
}

// keep writes a result under its name when it is complete.
func (e Encoder) keep(name string, packed []byte) error {
	if name == "" {
		return nil
	}
	if err := os.MkdirAll(e.Dir, 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(e.Dir, "tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(packed)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// unpacks says whether packed is b.
func unpacks(packed, b []byte) error {
	r, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer r.Close()
	rest := b
	buf := make([]byte, 1<<16)
	for {
		n, err := r.Read(buf)
		if n > len(rest) || !bytes.Equal(buf[:n], rest[:n]) {
			return fmt.Errorf("unpacks to something else, at %d", len(b)-len(rest))
		}
		rest = rest[n:]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("unpacks to %d bytes of %d", len(b)-len(rest), len(b))
	}
	return nil
}
