package builder

import (
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
	"github.com/bootmend/bootmend/builder/progress"
	"github.com/bootmend/bootmend/builder/scratch"
)

// sumsSuffix is what the file with an unpacked package's checksums ends with. Behind its
// seal stands the package's own checksum, then "SHA256 PATH" for each file.
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
func unpackTo(space *scratch.Space, dir, file, packageSum string, tell progress.Func) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	tmp, err := space.Dir(filepath.Dir(dir), "tmp-")
	if err != nil {
		return err
	}
	defer space.Remove(tmp)
	lines, err := unpackFile(file, tmp, tell)
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
	return writeWhole(dir+sumsSuffix, seal([]byte(packageSum+"\n"+strings.Join(lines, ""))))
}

// unpackFile writes the package's files below dir and returns lines with their sums.
func unpackFile(file, dir string, tell progress.Func) (lines []string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	err = deb.Walk(tell.Reader(f, info.Size()), func(name string, content io.Reader) error {
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
// package with that checksum, and no others. fs.ErrNotExist: it was never unpacked.
func checkUnpacked(dir, packageSum string) error {
	text, err := unseal(dir + sumsSuffix)
	if err != nil {
		return err
	}
	sum, list, _ := strings.Cut(string(text), "\n")
	if sum != packageSum {
		return fmt.Errorf("%s: is of another package", dir+sumsSuffix)
	}
	known := map[string]bool{}
	for line := range strings.Lines(list) {
		want, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok || !filepath.IsLocal(name) {
			return fmt.Errorf("%s: bad line %q", dir+sumsSuffix, line)
		}
		file := filepath.Join(dir, name)
		got, err := sumOf(file)
		if err != nil {
			return fmt.Errorf("%v", err) // not "was never unpacked"
		}
		if got != want {
			return fmt.Errorf("%s: SHA-256 is %s, was %s", file, got, want)
		}
		known[file] = true
	}
	return filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%v", err)
		}
		if !e.IsDir() && !known[file] {
			return fmt.Errorf("%s: is not a file of the package", file)
		}
		return nil
	})
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
