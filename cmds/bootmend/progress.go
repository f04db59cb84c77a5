package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/repair"
)

// progressOn shows long work on a terminal, in one line that is written over;
// nil where out is none.
func progressOn(out io.Writer) repair.Progress {
	f, ok := out.(*os.File)
	if !ok || !isTTY(f) {
		return nil
	}
	var last time.Time
	return func(what string, done, total int64) {
		end := done >= total
		if !end && time.Since(last) < 200*time.Millisecond {
			return
		}
		last = time.Now()
		fmt.Fprintf(out, "\r%s", progressLine(what, done, total))
		if end {
			fmt.Fprintln(out)
		}
	}
}

// progressLine is 79 columns wide: what is done, a bar, percent and MiB.
func progressLine(what string, done, total int64) string {
	const width, bar = 79, 20
	percent := int64(100)
	if total > 0 {
		percent = min(100, done*100/total)
	}
	filled := int(percent * bar / 100)
	tail := fmt.Sprintf(" [%-*s] %3d%% %d of %d MiB", bar, strings.Repeat("#", filled), percent, done>>20, total>>20)
	if room := width - len(tail); len([]rune(what)) > room {
		r := []rune(what)
		what = "..." + string(r[len(r)-room+3:])
	}
	return fmt.Sprintf("%-*s%s", width-len(tail), what, tail)
}

// watched is a reader that tells a Progress how far it is.
type watched struct {
	r     io.Reader
	what  string
	done  int64
	total int64
	show  repair.Progress
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.done += int64(n)
	if w.show != nil {
		w.show(w.what, w.done, w.total)
	}
	return n, err
}
