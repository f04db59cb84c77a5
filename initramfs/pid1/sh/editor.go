//go:build !lean

package sh

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Keys that the line editor takes otherwise than people expect.
const (
	ctrlC = 3
	ctrlK = 11 // cuts what is behind the cursor
	ctrlU = 21 // cuts what is before the cursor
)

// editor reads lines from a terminal, which is raw only as long as that takes.
type editor struct {
	in   *os.File
	term *term.Terminal
}

func newEditor(in *os.File, out io.Writer, history string, complete completer) *editor {
	e := &editor{in: in}
	e.term = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{&keys{in: in}, out}, "")
	e.term.History = openHistory(history)
	e.term.AutoCompleteCallback = (&completion{complete: complete, term: e.term}).key
	return e
}

// read returns a line, io.EOF at Ctrl-D.
func (e *editor) read(prompt string) (string, error) {
	fd := int(e.in.Fd())
	if was, err := term.MakeRaw(fd); err == nil {
		defer func() { _ = term.Restore(fd, was) }()
	}
	if width, height, err := term.GetSize(fd); err == nil && width > 0 && height > 0 {
		_ = e.term.SetSize(width, height)
	} else {
		_ = e.term.SetSize(80, 24) // a serial line does not know
	}
	e.term.SetPrompt(prompt)
	line, err := e.term.ReadLine()
	if err == term.ErrPasteIndicator {
		err = nil
	}
	return line, err
}

// keys makes Ctrl-C throw the line away: the editor would take it for the end.
type keys struct {
	in   io.Reader
	rest []byte
}

// Read implements io.Reader.
func (k *keys) Read(p []byte) (int, error) {
	if len(k.rest) == 0 {
		buf := make([]byte, 256)
		n, err := k.in.Read(buf)
		if n == 0 {
			return 0, err
		}
		for _, b := range buf[:n] {
			if b == ctrlC {
				k.rest = append(k.rest, ctrlU, ctrlK, '\r')
				continue
			}
			k.rest = append(k.rest, b)
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}
