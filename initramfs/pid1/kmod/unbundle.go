//go:build !lean

package kmod

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// unbundle returns a module out of its bundle in the tree at root. It needs memory for
// the module and the stream's window (1 MiB as the builder writes it).
func unbundle(root, file string) ([]byte, error) {
	places, err := ReadBundles(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	p, ok := places[file]
	if !ok {
		return nil, fmt.Errorf("neither a file nor in %s", BundlesFile)
	}
	f, err := os.Open(filepath.Join(root, filepath.FromSlash(p.Bundle)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plain, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	defer plain.Close()
	if _, err := io.CopyN(io.Discard, plain, p.Offset); err != nil {
		return nil, fmt.Errorf("%s at %d: %w", p.Bundle, p.Offset, err)
	}
	ko := make([]byte, p.Size)
	if _, err := io.ReadFull(plain, ko); err != nil {
		return nil, fmt.Errorf("%s at %d: %w", p.Bundle, p.Offset, err)
	}
	return ko, nil
}
