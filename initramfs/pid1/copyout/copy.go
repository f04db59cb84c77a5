package copyout

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/pkg/sftp"
)

// Copied is what a copy came to.
type Copied struct {
	Files int
	Bytes int64
	// Failed are files and folders that were not copied, each with the reason. Others
	// behind them were.
	Failed []error
	// PassedOver are links and other things that are neither file nor folder.
	PassedOver int
}

// Errors of single files.
var (
	ErrThere  = errors.New("is there already and stays; name another place")
	errFolder = errors.New("is a folder; -r copies it with all that is in it")
)

// Copy copies files, and with recursive set folders, to a place on the other machine:
// into it where it is a folder or ends in a slash, else under that name. What cannot be
// read or written is passed over and counted; the error is about the connection, or
// ctx.
func (c *Client) Copy(ctx context.Context, from []string, to string, recursive bool) (Copied, error) {
	var done Copied
	into, err := c.folder(to, len(from) > 1)
	if err != nil {
		return done, err
	}
	for _, file := range from {
		target := to
		if into {
			target = path.Join(to, filepath.Base(filepath.Clean(file)))
		}
		if err := c.tree(ctx, &done, file, target, recursive); err != nil {
			return done, err
		}
	}
	return done, nil
}

// folder reports whether files go into the place, and makes it where it has to be one.
func (c *Client) folder(to string, several bool) (bool, error) {
	if to == "" {
		return true, nil
	}
	info, err := c.files.Stat(to)
	switch {
	case err == nil && info.IsDir():
		return true, nil
	case err == nil && (several || to[len(to)-1] == '/'):
		return false, fmt.Errorf("%s over there is no folder", to)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("%s over there: %w", to, err)
	case err != nil && (several || to[len(to)-1] == '/'):
		return true, c.files.MkdirAll(to)
	}
	return false, nil
}

// tree copies a file or folder.
func (c *Client) tree(ctx context.Context, done *Copied, from, to string, recursive bool) error {
	info, err := os.Lstat(from)
	if err != nil {
		done.Failed = append(done.Failed, err)
		return nil
	}
	switch {
	case info.Mode().IsRegular():
		return c.one(ctx, done, from, to, info)
	case !info.IsDir():
		done.PassedOver++
		return nil
	case !recursive:
		done.Failed = append(done.Failed, fmt.Errorf("%s %w", from, errFolder))
		return nil
	}
	if err := c.files.MkdirAll(to); err != nil {
		done.Failed = append(done.Failed, fmt.Errorf("%s over there: %w", to, err))
		return c.gone(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		done.Failed = append(done.Failed, err) // what was read of it is copied
	}
	for _, e := range entries {
		if err := c.tree(ctx, done, filepath.Join(from, e.Name()), path.Join(to, e.Name()), true); err != nil {
			return err
		}
	}
	return nil
}

// one copies a file and counts it.
func (c *Client) one(ctx context.Context, done *Copied, from, to string, info os.FileInfo) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n, err := c.file(ctx, from, to, info)
	if err != nil {
		done.Failed = append(done.Failed, fmt.Errorf("%s: %w", from, err))
		return errors.Join(c.gone(err), ctx.Err())
	}
	done.Files++
	done.Bytes += n
	return nil
}

// gone is the error where the connection is no more, and nothing else can be copied.
func (c *Client) gone(err error) error {
	if errors.Is(err, sftp.ErrSSHFxConnectionLost) || errors.Is(err, sftp.ErrSSHFxNoConnection) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return nil
}

// file copies one file. It gets its name when the other side has all of it; what is
// incomplete has a name that nobody else has and is deleted, if that can be done.
func (c *Client) file(ctx context.Context, from, to string, info os.FileInfo) (int64, error) {
	if _, err := c.files.Lstat(to); err == nil {
		return 0, fmt.Errorf("%s %w", to, ErrThere)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	src, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer src.Close()
	part := fmt.Sprintf("%s.%s.part", to, rand.Text()[:6])
	dst, err := c.files.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return 0, fmt.Errorf("%s over there: %w", part, err)
	}
	shown := &progress{ctx: ctx, in: src, out: c.say, name: from, size: info.Size(), next: time.Now().Add(showEvery)}
	n, err := dst.ReadFrom(shown)
	shown.end()
	err = errors.Join(err, dst.Close())
	if err == nil {
		err = c.whole(part, n)
	}
	if err == nil {
		err = c.files.Rename(part, to) // fails where there is one by now
	}
	if err != nil {
		return 0, errors.Join(err, c.files.Remove(part))
	}
	_ = c.files.Chtimes(to, info.ModTime(), info.ModTime()) // not every server does that
	return n, nil
}

// whole: the other side has as many bytes as were sent.
func (c *Client) whole(path string, n int64) error {
	info, err := c.files.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() != n {
		return fmt.Errorf("%s over there has %d bytes of %d", path, info.Size(), n)
	}
	return nil
}

// showEvery is how often is shown how far a large file is.
const showEvery = 2 * time.Second

// progress passes a file on, shows how much of it is read, and ends with its context.
type progress struct {
	ctx   context.Context
	in    io.Reader
	out   io.Writer
	name  string
	size  int64
	done  int64
	next  time.Time
	shown bool
}

// Read implements io.Reader.
func (p *progress) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.in.Read(b)
	p.done += int64(n)
	if now := time.Now(); now.After(p.next) {
		p.next, p.shown = now.Add(showEvery), true
		fmt.Fprintf(p.out, "\r%s: %d of %d MiB ", filepath.Base(p.name), p.done>>20, p.size>>20)
	}
	return n, err
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprintln(p.out)
	}
}
