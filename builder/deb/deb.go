package deb

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"path"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Walk calls visit for every regular file of the package that r reads, in the
// package's order, with its path without a leading "/" or "./". An error of
// visit ends the walk and is returned.
func Walk(r io.Reader, visit func(name string, content io.Reader) error) error {
	member, data, err := member(r, "data.tar")
	if err != nil {
		return err
	}
	plain, err := Decompress(member, data)
	if err != nil {
		return fmt.Errorf("%s: %w", member, err)
	}
	defer plain.Close()
	files := tar.NewReader(plain)
	for {
		h, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", member, err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := visit(path.Clean("/" + h.Name)[1:], files); err != nil {
			return fmt.Errorf("%s: %s: %w", member, h.Name, err)
		}
	}
}

// Decompress returns the plain content of what a file of this name holds,
// chosen by the name's suffix: .xz, .zst, .gz, else r itself.
func Decompress(name string, r io.Reader) (io.ReadCloser, error) {
	switch path.Ext(name) {
	case ".xz":
		plain, err := xz.NewReader(r)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(plain), nil
	case ".zst":
		plain, err := zstd.NewReader(r)
		if err != nil {
			return nil, err
		}
		return plain.IOReadCloser(), nil
	case ".gz":
		return gzip.NewReader(r)
	}
	return io.NopCloser(r), nil
}
