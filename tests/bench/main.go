// Bench measures what people ask first: how large it is, how little memory it
// needs, how long it takes. It prints a table and judges nothing; figures that
// could not be had say why.
//
//	go run ./tests/bench [-quick] [-only WORD] [-media DIR]
//
// It builds its own unattended media. With -quick it starts no virtual machine;
// with -only it makes the measurements whose names contain the word; with -media it
// takes the media that an earlier run left there, and leaves those that it builds.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

func main() {
	quick := flag.Bool("quick", false, "start no virtual machine")
	only := flag.String("only", "", "make the measurements whose names contain `WORD`")
	keep := flag.String("media", "", "take media from this `DIR`, and leave them there")
	flag.Parse()
	if err := run(*quick, *only, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figure is a line of the table. Value says why where there is none.
type figure struct{ name, value string }

// measure makes figures, given a directory for its files.
type measure struct {
	what string
	run  func(dir string) ([]figure, error)
}

func run(quick bool, only, keep string) error {
	dir, err := os.MkdirTemp("", "bootmend-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	where := dir
	if keep != "" {
		where = keep
		if err := os.MkdirAll(where, 0o755); err != nil {
			return err
		}
	}
	inMedia := func(f func(dir, media string) ([]figure, error)) func(string) ([]figure, error) {
		return func(dir string) ([]figure, error) { return f(dir, where) }
	}
	all := []measure{
		{"size of the bare engine", engineSizes},
		{"scan of a large disk", scanFigures},
		{"writing to NTFS", writeFigures},
		{"a volume of a million files", manyFilesFigures},
		{"registry hives", hiveFigures},
		{"size of all media", inMedia(mediaSizes)},
		{"size of the image's parts", inMedia(imageSizes)},
	}
	if !quick {
		all = append(all, measure{"time from kernel to report", inMedia(bootTimes)}, measure{"smallest memory", inMedia(smallestMemory)}, measure{"where memory goes", inMedia(memoryParts)})
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, m := range all {
		if !strings.Contains(m.what, only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: %s\n", m.what)
		figures, err := m.run(dir)
		if err != nil {
			figures = append(figures, figure{m.what, "not measured: " + err.Error()})
		}
		for _, f := range figures {
			fmt.Fprintf(table, "%s\t%s\n", f.name, f.value)
		}
	}
	return table.Flush()
}

func mib(bytes int64) string {
	return fmt.Sprintf("%.2f MiB (%d bytes)", float64(bytes)/(1<<20), bytes)
}
