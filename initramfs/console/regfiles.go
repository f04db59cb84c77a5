package console

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bootmend/bootmend/drivers/source"
)

// Bounds of the search for .reg files: what a person put on a stick for this lies
// near its top.
const (
	maxRegFiles = 40
	maxRegDepth = 3
)

// onMedium is between the name of a medium and a path on it. No file name of a
// host has it by accident.
const onMedium = "::"

// RegFiles implements Engine.
func (s *Sitting) RegFiles(ctx context.Context) ([]string, error) {
	n, err := s.again() // something may have been attached since
	if err != nil {
		return nil, err
	}
	var found []string
	for _, t := range n.Media {
		found = regFilesBelow(ctx, t, "", maxRegDepth, found)
	}
	return found, ctx.Err()
}

func regFilesBelow(ctx context.Context, t source.Tree, dir string, depth int, found []string) []string {
	entries, err := t.ReadDir(dir + `\`)
	if err != nil || ctx.Err() != nil {
		return found // a medium that cannot be read has nothing to offer
	}
	for _, e := range entries {
		path := dir + `\` + e.Name
		switch {
		case len(found) >= maxRegFiles:
			return found
		case e.Dir && depth > 1:
			found = regFilesBelow(ctx, t, path, depth-1, found)
		case !e.Dir && strings.HasSuffix(strings.ToLower(e.Name), ".reg"):
			found = append(found, t.Name()+onMedium+path)
		}
	}
	return found
}

// openFile opens a file of a medium, or of this host.
func (s *Sitting) openFile(path string) (io.ReadCloser, error) {
	medium, below, ok := strings.Cut(path, onMedium)
	if !ok {
		return os.Open(path)
	}
	for _, t := range s.media.Media {
		if t.Name() != medium {
			continue
		}
		f, err := t.Open(below)
		if err != nil {
			return nil, err
		}
		return closer{io.NewSectionReader(f, 0, f.Size())}, nil
	}
	return nil, fmt.Errorf("%s: the medium %s is not there any more", below, medium)
}
