package progress

import (
	"bytes"
	"io"
	"os"
	"time"
)

// Func is told how much of a step is done and how much there is, in any unit; a total of 0
// means that nobody knows. It may be called from any goroutine, and with more done than
// there is where the total is an estimate. Nil is told nothing.
type Func func(done, total int64)

// Tell calls the function unless it is nil.
func (f Func) Tell(done, total int64) {
	if f != nil {
		f(done, total)
	}
}

// Reader returns r, of total bytes, that tells how many of them were read.
func (f Func) Reader(r io.Reader, total int64) io.Reader {
	if f == nil {
		return r
	}
	return &reader{r: r, total: total, tell: f}
}

type reader struct {
	r           io.Reader
	done, total int64
	tell        Func
}

func (r *reader) Read(p []byte) (n int, err error) {
	n, err = r.r.Read(p)
	r.done += int64(n)
	r.tell(r.done, r.total)
	return n, err
}

// pollEvery is a tenth of a second: nobody draws more often.
const pollEvery = 100 * time.Millisecond

// Position tells until stop is called how far a file is read, by whoever has it open: a
// program whose standard input it is moves the position of the same open file (lseek(2)).
// Thus nothing needs to be copied through a pipe.
func (f Func) Position(file *os.File) (stop func(), err error) {
	info, err := file.Stat()
	if err != nil || f == nil {
		return func() {}, err
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(pollEvery)
		defer tick.Stop()
		for {
			if at, err := file.Seek(0, io.SeekCurrent); err == nil {
				f(at, info.Size())
			}
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	}()
	return func() { close(end); <-ended }, nil
}

// maxLine is how much of a line is looked at.
const maxLine = 256

// Lines returns a writer for what a program prints, that tells how many lines of it count,
// of about total.
func (f Func) Lines(total int64, counts func(line []byte) bool) io.Writer {
	return &lines{total: total, counts: counts, tell: f}
}

type lines struct {
	line        []byte // the begin of the one that has no end yet
	done, total int64
	counts      func(line []byte) bool
	tell        Func
}

func (l *lines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		l.line = append(l.line, part[:min(len(part), maxLine-len(l.line))]...)
		if ended {
			if l.counts(l.line) {
				l.done++
				l.tell.Tell(l.done, l.total)
			}
			l.line = l.line[:0]
		}
		rest = after
	}
	return len(p), nil
}
