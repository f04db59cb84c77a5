package builder

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/deb"
)

// sumsSuffix is what the file with an unpacked package's checksums ends with. Its first
// line is the package's own checksum, the others are "SHA256 PATH".
const sumsSuffix = ".sha256"

// checkSum compares a file with its SHA-256 in hexadecimal.
func checkSum(file, want string) error {
	got, err := sumOf(file)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s: SHA-256 is %s, the package lists say %s", file, got, want)
	}
	return nil
}

func sumOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// unpackTo unpacks a package to dir, replacing what is there. It is renamed when
// complete: a half-unpacked package must not be used.
func unpackTo(dir, file, packageSum string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	lines, err := unpackFile(file, tmp)
	if err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	slices.Sort(lines)
	if err := errors.Join(os.RemoveAll(dir), os.Remove(dir+sumsSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return err
	}
	return writeWhole(dir+sumsSuffix, []byte(packageSum+"\n"+strings.Join(lines, "")))
}

// unpackFile writes the package's files below dir and returns lines with their sums.
func unpackFile(file, dir string) (lines []string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = deb.Walk(f, func(name string, content io.Reader) error {
		if !filepath.IsLocal(name) || strings.ContainsAny(name, "\r\n") {
			return fmt.Errorf("path %q leads out of the package", name)
		}
		target := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		out, err := os.Create(target)
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(io.MultiWriter(out, sum), content)
		lines = append(lines, fmt.Sprintf("%x %s\n", sum.Sum(nil), name))
		return errors.Join(err, out.Close())
	})
	return lines, err
}

// checkUnpacked says whether dir still holds the files that were unpacked from the
// package with that checksum. fs.ErrNotExist: it was never unpacked.
func checkUnpacked(dir, packageSum string) error {
	f, err := os.Open(dir + sumsSuffix)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	if !lines.Scan() || lines.Text() != packageSum {
		return fmt.Errorf("%s: is of another package", f.Name())
	}
	for lines.Scan() {
		want, name, ok := strings.Cut(lines.Text(), " ")
		if !ok || !filepath.IsLocal(name) {
			return fmt.Errorf("%s: bad line %q", f.Name(), lines.Text())
		}
		got, err := sumOf(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("%v", err) // not "was never unpacked"
		}
		if got != want {
			return fmt.Errorf("%s: SHA-256 is %s, was %s", filepath.Join(dir, name), got, want)
		}
	}
	return lines.Err()
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
