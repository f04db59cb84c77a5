package core

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func ls(c *Call) error {
	if len(c.Args) == 0 {
		c.Args = []string{"."}
	}
	for _, path := range c.Args {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			c.list(path, info)
			continue
		}
		all, err := os.ReadDir(path)
		if err != nil {
			return err
		}
		for _, e := range all {
			if strings.HasPrefix(e.Name(), ".") && !c.has('a') {
				continue
			}
			if info, err := e.Info(); err == nil {
				c.list(e.Name(), info)
			}
		}
	}
	return nil
}

func (c *Call) list(name string, info fs.FileInfo) {
	if !c.has('l') {
		fmt.Fprintln(c.Out, name)
		return
	}
	fmt.Fprintf(c.Out, "%s %12d %s %s\n", info.Mode(), info.Size(), info.ModTime().Format("2006-01-02 15:04"), name)
}

// targets calls do with every source and where it goes: into the last argument, when
// that is a directory.
func (c *Call) targets(do func(from, to string) error) error {
	if len(c.Args) < 2 {
		return errUsage
	}
	last := c.Args[len(c.Args)-1]
	info, err := os.Stat(last)
	dir := err == nil && info.IsDir()
	if !dir && len(c.Args) > 2 {
		return fmt.Errorf("%s is no directory", last)
	}
	for _, from := range c.Args[:len(c.Args)-1] {
		to := last
		if dir {
			to = filepath.Join(last, filepath.Base(from))
		}
		if err := do(from, to); err != nil {
			return err
		}
	}
	return nil
}

func cp(c *Call) error {
	return c.targets(func(from, to string) error {
		return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			target := to
			if path != from {
				rel, err := filepath.Rel(from, path)
				if err != nil {
					return err
				}
				target = filepath.Join(to, rel)
			}
			if e.IsDir() {
				if !c.has('r') && !c.has('a') {
					return fmt.Errorf("%s is a directory; -r copies it", path)
				}
				return os.MkdirAll(target, 0o755)
			}
			return copyFile(path, target)
		})
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if a, err := in.Stat(); err == nil {
		if b, err := os.Stat(to); err == nil && os.SameFile(a, b) {
			return fmt.Errorf("%s and %s are the same file", from, to)
		}
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}

func mv(c *Call) error { return c.targets(os.Rename) }

func rm(c *Call) error {
	remove := os.Remove
	if c.has('r') {
		remove = os.RemoveAll
	}
	for _, path := range c.Args {
		if err := remove(path); err != nil && !(c.has('f') && os.IsNotExist(err)) {
			return err
		}
	}
	return nil
}

func mkdir(c *Call) error {
	make := os.Mkdir
	if c.has('p') {
		make = os.MkdirAll
	}
	for _, path := range c.Args {
		if err := make(path, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// dd copies blocks. It does not write to block devices: nothing of that would be
// proved or could be taken back, and a letter is mistyped soon.
func dd(c *Call) error {
	o := map[string]string{"if": "/dev/stdin", "of": "/dev/stdout", "bs": "512", "count": "", "skip": "0", "seek": "0"}
	for _, a := range c.Args {
		name, value, ok := strings.Cut(a, "=")
		if _, known := o[name]; !ok || !known {
			return errUsage
		}
		o[name] = value
	}
	n := map[string]int64{"count": -1}
	for _, name := range []string{"bs", "count", "skip", "seek"} {
		if o[name] == "" {
			continue
		}
		v, err := strconv.ParseInt(o[name], 10, 64)
		if err != nil || v < 0 || v > 1<<40 || name == "bs" && (v == 0 || v > 64<<20) {
			return errUsage
		}
		n[name] = v
	}
	if info, err := os.Stat(o["of"]); err == nil && info.Mode()&os.ModeDevice != 0 && info.Mode()&os.ModeCharDevice == 0 {
		return fmt.Errorf("%s is a disk, and dd writes to none; bootmend repair and bootmend fs do, with proof and undo", o["of"])
	}
	in, err := os.Open(o["if"])
	if err != nil {
		return err
	}
	defer in.Close()
	if n["skip"] > 0 {
		if _, err := in.Seek(n["skip"]*n["bs"], io.SeekStart); err != nil {
			return err
		}
	}
	flags := os.O_WRONLY | os.O_CREATE
	if n["seek"] == 0 {
		flags |= os.O_TRUNC
	}
	out, err := os.OpenFile(o["of"], flags, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	if n["seek"] > 0 {
		if _, err := out.Seek(n["seek"]*n["bs"], io.SeekStart); err != nil {
			return err
		}
	}
	r := io.Reader(in)
	if n["count"] >= 0 {
		r = io.LimitReader(in, n["count"]*n["bs"])
	}
	total, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{r}, make([]byte, n["bs"]))
	fmt.Fprintf(c.Err, "%d bytes\n", total)
	return err
}
